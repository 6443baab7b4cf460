/* Both sides' sums, paired, compared, filtered and sorted. */
#include "report/changes.h"

#include "report/output.h"
#include "report/pairs.h"

#include <stdlib.h>
#include <string.h>

void changes_deinit(struct changes *changes)
{
	sums_deinit(&changes->base);
	sums_deinit(&changes->new);
	vec_deinit(&changes->rows);
}

/* By the first column that changed. */
static enum change change_of(
	const struct pair *pair, const struct amounts *growth, unsigned columns)
{
	unsigned column = 0;

	if (!pair->base || !pair->new)
		return pair->new ? CHANGE_NEW : CHANGE_GONE;
	while (column + 1 < columns && !growth->bytes[column])
		column++;
	return growth->bytes[column] < 0 ? CHANGE_SHRUNK : CHANGE_GROWN;
}

static bool changes_add(struct changes *changes, const struct pair *pair, unsigned columns)
{
	const struct sum *sum = pair->new ? pair->new : pair->base;
	struct change_row row = {.text = sum->text,
		.bracket = sum->bracket,
		.first = sum->first,
		.calls = sum->calls};
	struct change_row *new;

	if (pair->base)
		row.base = pair->base->amounts;
	if (pair->new)
		row.new = pair->new->amounts;
	row.growth = row.new;
	amounts_subtract(&row.growth, &row.base, columns);
	if (amounts_are_zero(&row.growth, columns))
		return true;
	row.change = change_of(pair, &row.growth, columns);
	new = vec_append(&changes->rows);
	if (new)
		*new = row;
	return new;
}

/* In the column that changed most, whichever way it went; unused columns are zero. */
static uint64_t magnitude(const struct change_row *row)
{
	uint64_t largest = 0;

	for (unsigned i = 0; i < AMOUNT_COLUMNS; i++) {
		uint64_t size = bytes_magnitude(row->growth.bytes[i]);

		largest = size > largest ? size : largest;
	}
	return largest;
}

static void drop_small(struct changes *changes, uint64_t min, struct report_hidden *hidden)
{
	size_t kept = 0;

	for (size_t i = 0; i < changes->rows.count; i++)
		if (magnitude(&changes->rows.items[i]) >= min)
			changes->rows.items[kept++] = changes->rows.items[i];
	hidden->below_min = changes->rows.count - kept;
	changes->rows.count = kept;
}

static int compare_text(const void *a, const void *b)
{
	const struct change_row *left = a, *right = b;

	return strcmp(left->text, right->text);
}

static int compare_growth(const void *a, const void *b)
{
	const struct change_row *left = a, *right = b;
	int64_t l = left->growth.bytes[0], r = right->growth.bytes[0];

	return l != r ? (l > r) - (l < r) : compare_text(a, b);
}

static int compare_magnitude(const void *a, const void *b)
{
	uint64_t l = magnitude(a), r = magnitude(b);

	return l != r ? (l > r) - (l < r) : compare_growth(a, b);
}

static int compare_calls(const void *a, const void *b)
{
	const struct change_row *left = a, *right = b;
	uint64_t l = left->calls, r = right->calls;

	return l != r ? (l > r) - (l < r) : compare_text(a, b);
}

static int compare_time(const void *a, const void *b)
{
	const struct change_row *left = a, *right = b;
	uint32_t l = left->first, r = right->first;

	return l != r ? (l > r) - (l < r) : compare_text(a, b);
}

static int (*const comparators[])(const void *, const void *) = {
	[SORT_MEMORY] = compare_growth,
	[SORT_CALLS] = compare_calls,
	[SORT_NAME] = compare_text,
	[SORT_TIME] = compare_time,
};

static void sort(struct changes *changes, int (*compare)(const void *, const void *))
{
	if (changes->rows.count)
		qsort(changes->rows.items, changes->rows.count, sizeof *changes->rows.items,
			compare);
}

/* Keeps those that changed most, in either direction. */
static void drop_beyond_top(struct changes *changes, size_t top, struct report_hidden *hidden)
{
	size_t dropped = top && changes->rows.count > top ? changes->rows.count - top : 0;

	if (!dropped)
		return;
	sort(changes, compare_magnitude);
	memmove(changes->rows.items, changes->rows.items + dropped,
		top * sizeof *changes->rows.items);
	changes->rows.count = top;
	hidden->beyond_top = dropped;
}

static void reverse(struct changes *changes)
{
	for (size_t i = 0; i < changes->rows.count / 2; i++) {
		struct change_row *mirror = &changes->rows.items[changes->rows.count - 1 - i];
		struct change_row row = changes->rows.items[i];

		changes->rows.items[i] = *mirror;
		*mirror = row;
	}
}

struct ptmem_error *changes_collect(const struct profile *base, const struct profile *new,
	const struct report_options *options, struct changes *changes, struct report_hidden *hidden)
{
	struct pair_list pairs = {0};
	struct ptmem_error *error;

	*changes = (struct changes){0};
	error = sums_collect(base, options, &changes->base);
	if (!error)
		error = sums_collect(new, options, &changes->new);
	if (!error)
		error = pairs_collect(&changes->base, &changes->new, &pairs);
	for (size_t i = 0; !error && i < pairs.count; i++)
		if (!changes_add(changes, &pairs.items[i], new->columns))
			error = &error_no_memory;
	vec_deinit(&pairs);
	if (error)
		return error;
	*hidden = (struct report_hidden){0};
	drop_small(changes, options->min_given ? (uint64_t)options->min : 0, hidden);
	drop_beyond_top(changes, options->top, hidden);
	sort(changes, comparators[options->sort]);
	if (options->reverse)
		reverse(changes);
	return NULL;
}
