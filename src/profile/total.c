/* The processes of a run as one. */
#include "base/strbuf.h"
#include "profile/merge.h"
#include "profile/profiles.h"
#include "profile/texts.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_NODE (CALLPATH_ROOT + 1)

struct total {
	struct profile sum;
	struct texts threads; /* their locations, by name and number among those of that name */
	uint32_t *nodes_of;   /* for the nodes of the process that is being added */
};

static bool is_thread(const struct profile *profile, const struct callpath_node *node)
{
	return node->parent == CALLPATH_ROOT &&
	       profile->places->locations.items[node->location].kind == LOCATION_THREAD;
}

static char *thread_key(const char *name, uint32_t number)
{
	struct strbuf key = {0};

	strbuf_addf(&key, "%u ", number);
	strbuf_add(&key, name);
	return strbuf_take(&key);
}

/*
 * The location that stands for a thread in the total: that of the first thread of this name
 * and number. `names` counts those of this process. UINT32_MAX when out of memory.
 */
static uint32_t thread_location(struct total *total, struct texts *names, uint32_t location)
{
	const char *name = total->sum.places->locations.items[location].name;
	uint32_t *number = texts_find(names, strdup(name ? name : ""));
	uint32_t *same = NULL;

	if (number)
		same = texts_find(&total->threads, thread_key(name ? name : "", ++*number));
	if (!same)
		return UINT32_MAX;
	if (*same == UINT32_MAX)
		*same = location;
	return *same;
}

/* A parent comes before its children. */
static bool add_nodes(struct total *total, const struct profile *process, struct texts *names)
{
	total->nodes_of[CALLPATH_ROOT] = CALLPATH_ROOT;
	for (uint32_t i = FIRST_NODE; i < process->paths.count; i++) {
		const struct callpath_node *node = callpath_at(&process->paths, i);
		uint32_t location = node->location;

		if (is_thread(process, node))
			location = thread_location(total, names, location);
		if (location == UINT32_MAX ||
			!merge_node(&total->sum, total->nodes_of[node->parent], location, process,
				i, &total->nodes_of[i]))
			return false;
	}
	return true;
}

static bool add_process(struct total *total, const struct profile *process)
{
	struct texts names = {0};
	bool added;

	total->nodes_of = malloc(process->paths.count * sizeof *total->nodes_of);
	added = total->nodes_of && add_nodes(total, process, &names);
	free(total->nodes_of);
	texts_deinit(&names);
	if (added && process->lines)
		added = lines_add(total->sum.lines, process->lines, NULL, NULL);
	if (added)
		added = marks_add(&total->sum.marks, &process->marks);
	merge_balance(&total->sum, process);
	return added;
}

struct ptmem_error *profiles_total(const struct profiles *profiles, struct profile *total)
{
	struct total all = {0};
	bool added = profile_init_beside(&all.sum, profiles_first(profiles));

	for (size_t i = 0; added && i < profiles->count; i++)
		added = add_process(&all, &profiles->items[i]->profile);
	texts_deinit(&all.threads);
	if (!added) {
		profile_deinit(&all.sum);
		return &error_no_memory;
	}
	*total = all.sum;
	return NULL;
}
