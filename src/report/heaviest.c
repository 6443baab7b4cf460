/* One pass over the nodes, each a candidate for its function. */
#include "report/heaviest.h"

#include "report/subtree.h"

#include <stdlib.h>

/* What each node is weighed by: what the flat table adds up of it. */
static int64_t *weigh(const struct profile *profile, const struct report_options *options)
{
	const struct callpath_trie *paths = &profile->paths;
	int64_t *weights = malloc(paths->count * sizeof *weights);

	if (!weights)
		return NULL;
	if (options->net && !options->self) {
		subtree_sum(paths, 0, weights);
		return weights;
	}
	for (uint32_t i = 0; i < paths->count; i++) {
		const struct callpath_amounts *amounts = callpath_amounts(paths, i, 0);

		weights[i] = options->net    ? amounts->self
			     : options->self ? amounts->self_rise
					     : amounts->rise;
	}
	return weights;
}

/* For each location its sum; NULL when out of memory. */
static uint32_t *find_sums(const struct profile *profile, const struct sum_list *sums)
{
	uint32_t *sum_of = malloc((profile->places->locations.count + 1) * sizeof *sum_of);

	for (size_t i = 0; sum_of && i < profile->places->locations.count; i++) {
		const struct location *location = &profile->places->locations.items[i];
		size_t file;
		char *text;

		sum_of[i] = SUM_NONE;
		if (location->kind == LOCATION_THREAD || location->kind == LOCATION_CALL ||
			location->kind == LOCATION_METHOD)
			continue;
		text = sum_text(profile, location, &file);
		if (!text) {
			free(sum_of);
			return NULL;
		}
		sum_of[i] = sums_find(sums, text);
		free(text);
	}
	return sum_of;
}

struct heaviest *heaviest_find(const struct profile *profile, const struct report_options *options,
	const struct sum_list *sums)
{
	struct heaviest *found = malloc((sums->count + 1) * sizeof *found);
	int64_t *weights = weigh(profile, options);
	uint32_t *sum_of = find_sums(profile, sums);

	for (size_t i = 0; found && i < sums->count; i++)
		found[i] = (struct heaviest){.node = CALLPATH_NONE};
	for (uint32_t i = CALLPATH_ROOT + 1; found && weights && sum_of && i < profile->paths.count;
		i++) {
		uint32_t sum = sum_of[callpath_at(&profile->paths, i)->location];

		if (sum != SUM_NONE &&
			(found[sum].node == CALLPATH_NONE || weights[i] > found[sum].memory))
			found[sum] = (struct heaviest){i, weights[i]};
	}
	if (!weights || !sum_of) {
		free(found);
		found = NULL;
	}
	free(weights);
	free(sum_of);
	return found;
}
