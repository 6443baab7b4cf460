/* One row a function: adding up, filtering, sorting. */
#include "report/rows.h"

#include "report/label.h"
#include "report/net.h"
#include "report/output.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_NODE (CALLPATH_ROOT + 1)

void rows_deinit(struct row_list *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->items[i].text);
	vec_deinit(rows);
}

/* A row for every label but those of threads, with nothing in it yet. */
static bool rows_name(struct labels *labels, uint32_t *row_of, struct row_list *rows)
{
	for (uint32_t i = 0; i < labels->list.count; i++) {
		struct label *label = &labels->list.items[i];
		struct row *row;

		row_of[i] = NO_ROW;
		if (label->kind == LOCATION_THREAD)
			continue;
		row = vec_append(rows);
		if (!row)
			return false;
		*row = (struct row){
			.location = label->location,
			.first = label->first,
			.bracket = label->kind == LOCATION_BRACKET,
			.inlined = label->kind == LOCATION_INLINED,
			.text = label->text,
		};
		label->text = NULL;
		row_of[i] = (uint32_t)rows->count - 1;
	}
	return true;
}

/* From a location to its label to its row. */
static void rows_of_locations(
	const struct profile *profile, struct labels *labels, const uint32_t *row_of)
{
	for (size_t i = 0; i < profile->places->locations.count; i++)
		labels->of[i] = labels->of[i] == NO_LABEL ? NO_ROW : row_of[labels->of[i]];
}

/* Adds each node to its row, but for signed sums with callees, which no single node has. */
static void rows_add_nodes(
	const struct profile *profile, const uint32_t *row_of, struct row_list *rows)
{
	for (uint32_t i = FIRST_NODE; i < profile->paths.count; i++) {
		const struct callpath_node *node = callpath_at(&profile->paths, i);
		struct row_totals *totals;

		if (row_of[node->location] == NO_ROW)
			continue;
		totals = &rows->items[row_of[node->location]].totals;
		totals->calls += node->calls;
		totals->rise_calls += node->rise_calls;
		totals->self_rise_calls += node->self_rise_calls;
		for (unsigned column = 0; column < profile->columns; column++) {
			const struct callpath_amounts *amounts =
				callpath_amounts(&profile->paths, i, column);

			totals->self.bytes[column] += amounts->self;
			totals->rise.bytes[column] += amounts->rise;
			totals->self_rise.bytes[column] += amounts->self_rise;
		}
	}
}

static void row_choose(struct row *row, const struct report_options *options)
{
	const struct row_totals *totals = &row->totals;

	if (options->net) {
		row->amounts = options->self ? totals->self : totals->net;
		row->calls = totals->calls;
	} else {
		row->amounts = options->self ? totals->self_rise : totals->rise;
		row->calls = options->self ? totals->self_rise_calls : totals->rise_calls;
	}
}

static struct ptmem_error *rows_sum(const struct profile *profile,
	const struct report_options *options, bool all, struct labels *labels,
	struct row_list *rows)
{
	size_t size = labels->list.count * sizeof(uint32_t);
	uint32_t *row_of = malloc(size ? size : 1);
	bool named = row_of && rows_name(labels, row_of, rows);
	struct ptmem_error *error = NULL;

	if (named)
		rows_of_locations(profile, labels, row_of);
	free(row_of);
	if (!named)
		return &error_no_memory;
	rows_add_nodes(profile, labels->of, rows);
	if (all || (options->net && !options->self))
		error = net_add(&profile->paths, labels->of, rows);
	for (size_t i = 0; i < rows->count; i++)
		row_choose(&rows->items[i], options);
	return error;
}

static int compare_text(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	int order = strcmp(left->text, right->text);

	return order ? order : (left->first > right->first) - (left->first < right->first);
}

/* In the column where it is largest, whichever way it went. */
static uint64_t amounts_magnitude(const struct amounts *amounts)
{
	uint64_t largest = 0;

	for (unsigned i = 0; i < AMOUNT_COLUMNS; i++) {
		uint64_t magnitude = bytes_magnitude(amounts->bytes[i]);

		largest = magnitude > largest ? magnitude : largest;
	}
	return largest;
}

static bool row_is_zero(const struct row *row, bool all)
{
	const struct row_totals *totals = &row->totals;

	if (!all)
		return amounts_are_zero(&row->amounts, AMOUNT_COLUMNS);
	return amounts_are_zero(&totals->rise, AMOUNT_COLUMNS) &&
	       amounts_are_zero(&totals->net, AMOUNT_COLUMNS) &&
	       amounts_are_zero(&totals->self, AMOUNT_COLUMNS) &&
	       amounts_are_zero(&totals->self_rise, AMOUNT_COLUMNS);
}

static void rows_drop_small(struct row_list *rows, const struct report_options *options, bool all,
	struct report_hidden *hidden)
{
	uint64_t min = options->min_given ? (uint64_t)options->min : 0;
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++) {
		struct row row = rows->items[i];
		bool zero = row_is_zero(&row, all);

		if (!zero && amounts_magnitude(&row.amounts) >= min) {
			rows->items[kept++] = row;
			continue;
		}
		hidden->below_min += !zero;
		free(row.text);
	}
	rows->count = kept;
}

static int compare_memory(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	int64_t l = left->amounts.bytes[0], r = right->amounts.bytes[0];

	return l != r ? (l > r) - (l < r) : compare_text(a, b);
}

static int compare_calls(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	uint64_t l = left->calls, r = right->calls;

	return l != r ? (l > r) - (l < r) : compare_text(a, b);
}

static int compare_time(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	return (left->first > right->first) - (left->first < right->first);
}

static int (*const comparators[])(const void *, const void *) = {
	[SORT_MEMORY] = compare_memory,
	[SORT_CALLS] = compare_calls,
	[SORT_NAME] = compare_text,
	[SORT_TIME] = compare_time,
};

static void rows_sort(struct row_list *rows, enum report_sort sort)
{
	if (rows->count)
		qsort(rows->items, rows->count, sizeof *rows->items, comparators[sort]);
}

/* Keeps the largest, which are the last by memory. */
static void rows_drop_beyond_top(struct row_list *rows, size_t top, struct report_hidden *hidden)
{
	size_t dropped = top && rows->count > top ? rows->count - top : 0;

	if (!dropped)
		return;
	rows_sort(rows, SORT_MEMORY);
	for (size_t i = 0; i < dropped; i++)
		free(rows->items[i].text);
	rows->count = top;
	memmove(rows->items, rows->items + dropped, top * sizeof *rows->items);
	hidden->beyond_top = dropped;
}

static void rows_reverse(struct row_list *rows)
{
	for (size_t i = 0; i < rows->count / 2; i++) {
		struct row *mirror = &rows->items[rows->count - 1 - i];
		struct row row = rows->items[i];

		rows->items[i] = *mirror;
		*mirror = row;
	}
}

static struct ptmem_error *collect(const struct profile *profile,
	const struct report_options *options, bool all, struct row_list *rows,
	struct report_hidden *hidden)
{
	struct row_list collected = {0};
	struct ptmem_error *error = &error_no_memory;
	struct labels labels;

	if (labels_init(&labels, profile))
		error = rows_sum(profile, options, all, &labels, &collected);
	labels_deinit(&labels);
	if (error) {
		rows_deinit(&collected);
		return error;
	}
	*hidden = (struct report_hidden){0};
	rows_drop_small(&collected, options, all, hidden);
	rows_drop_beyond_top(&collected, options->top, hidden);
	rows_sort(&collected, options->sort);
	if (options->reverse)
		rows_reverse(&collected);
	*rows = collected;
	return NULL;
}

struct ptmem_error *rows_collect(const struct profile *profile,
	const struct report_options *options, struct row_list *rows, struct report_hidden *hidden)
{
	return collect(profile, options, false, rows, hidden);
}

struct ptmem_error *rows_collect_all(const struct profile *profile,
	const struct report_options *options, struct row_list *rows, struct report_hidden *hidden)
{
	return collect(profile, options, true, rows, hidden);
}
