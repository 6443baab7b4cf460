/* The sums of all runs in one list, in order of functions: each function's are neighbours. */
#include "report/median.h"

#include <stdlib.h>
#include <string.h>

/* One function in one run. */
struct sample {
	struct sum sum;
	size_t run;
};

struct samples VEC(struct sample);

void medians_deinit(struct medians *medians)
{
	sums_deinit(&medians->sums);
	vec_deinit(&medians->spreads);
}

static void samples_deinit(struct samples *samples)
{
	for (size_t i = 0; i < samples->count; i++)
		free(samples->items[i].sum.text);
	vec_deinit(samples);
}

static int compare_values(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

int64_t median(int64_t *values, size_t count)
{
	int64_t low, high;

	qsort(values, count, sizeof *values, compare_values);
	low = values[(count - 1) / 2];
	high = values[count / 2];
	return low + (high - low) / 2;
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *left = a, *right = b;
	int order = strcmp(left->sum.text, right->sum.text);

	return order ? order : (left->run > right->run) - (left->run < right->run);
}

static struct ptmem_error *samples_add(struct samples *samples, const struct profile *profile,
	size_t run, const struct report_options *options)
{
	struct sum_list sums = {0};
	struct ptmem_error *error = sums_collect(profile, options, &sums);

	for (size_t i = 0; !error && i < sums.count; i++) {
		struct sample *sample = vec_append(samples);

		if (!sample) {
			error = &error_no_memory;
			break;
		}
		*sample = (struct sample){sums.items[i], run};
		sums.items[i].text = NULL;
	}
	sums_deinit(&sums);
	return error;
}

/* How far a value is from another. */
static uint64_t distance(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* A run in which a function does not occur has a value of 0. */
static bool add_function(
	struct medians *medians, struct sample *samples, size_t count, int64_t *values, size_t runs)
{
	struct sum *sum = vec_append(&medians->sums);
	struct spread *spread = sum ? vec_append(&medians->spreads) : NULL;
	struct sample *nearest = samples;
	int64_t middle;

	if (!spread) {
		medians->sums.count -= sum != NULL;
		return false;
	}
	memset(values, 0, runs * sizeof *values);
	for (size_t i = 0; i < count; i++)
		values[samples[i].run] = samples[i].sum.amounts.bytes[0];
	middle = median(values, runs);
	for (size_t i = 1; i < count; i++)
		if (distance(samples[i].sum.amounts.bytes[0], middle) <
			distance(nearest->sum.amounts.bytes[0], middle))
			nearest = &samples[i];
	*spread = (struct spread){values[0], values[runs - 1], nearest->run};
	*sum = nearest->sum;
	sum->amounts = (struct amounts){.bytes = {middle}};
	nearest->sum.text = NULL;
	return true;
}

static bool add_functions(struct medians *medians, struct samples *samples, size_t runs)
{
	int64_t *values = malloc(runs * sizeof *values);
	bool complete = values;
	size_t end;

	if (samples->count)
		qsort(samples->items, samples->count, sizeof *samples->items, compare_samples);
	for (size_t i = 0; complete && i < samples->count; i = end) {
		for (end = i + 1; end < samples->count && !strcmp(samples->items[end].sum.text,
								  samples->items[i].sum.text);)
			end++;
		complete = add_function(medians, &samples->items[i], end - i, values, runs);
	}
	free(values);
	return complete;
}

struct ptmem_error *medians_collect(const struct profile *const *runs, size_t count,
	const struct report_options *options, struct medians *medians)
{
	struct samples samples = {0};
	struct medians collected = {0};
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < count; i++)
		error = samples_add(&samples, runs[i], i, options);
	if (!error && !add_functions(&collected, &samples, count))
		error = &error_no_memory;
	samples_deinit(&samples);
	if (error)
		medians_deinit(&collected);
	else
		*medians = collected;
	return error;
}
