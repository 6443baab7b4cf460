/* One row a function: naming, adding up, filtering, sorting. */
#include "report/rows.h"

#include "base/strbuf.h"
#include "report/net.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_NODE (CALLPATH_ROOT + 1)

void rows_deinit(struct row_list *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->items[i].text);
	vec_deinit(rows);
}

/* What the third column prints of a location; NULL when out of memory. */
static char *location_text(const struct profile *profile, const struct location *location)
{
	struct strbuf text = {0};

	if (location->kind == LOCATION_BRACKET) {
		strbuf_add(&text, "[");
		strbuf_add_printable(&text, location->name);
		strbuf_add(&text, "]");
		return strbuf_take(&text);
	}
	if (location->file) {
		strbuf_add_printable(&text, location->file);
		strbuf_addf(&text, ":%d:", location->line);
	} else {
		strbuf_add_printable(&text, profile->modules.items[location->module].path);
		strbuf_add(&text, ":0:");
	}
	strbuf_add_printable(&text, location->name);
	return strbuf_take(&text);
}

/* A row for every location that has a node, in no order and with nothing in it yet. */
static bool rows_name(const struct profile *profile, uint32_t *row_of, struct row_list *rows)
{
	for (uint32_t i = FIRST_NODE; i < profile->paths.count; i++) {
		uint32_t index = callpath_at(&profile->paths, i)->location;
		const struct location *location = &profile->locations.items[index];
		char *text;
		struct row *row;

		if (location->kind == LOCATION_THREAD || row_of[index] != NO_ROW)
			continue;
		text = location_text(profile, location);
		row = text ? vec_append(rows) : NULL;
		if (!row) {
			free(text);
			return false;
		}
		*row = (struct row){.location = index,
		        .first = i,
		        .bracket = location->kind == LOCATION_BRACKET,
		        .text = text};
		row_of[index] = (uint32_t)rows->count - 1;
	}
	return true;
}

static int compare_text(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	int order = strcmp(left->text, right->text);

	return order ? order : (left->first > right->first) - (left->first < right->first);
}

/* Makes one row of those that print alike, and says for each location which it is. */
static void rows_merge(struct row_list *rows, uint32_t *row_of)
{
	size_t kept = 0;

	if (rows->count)
		qsort(rows->items, rows->count, sizeof *rows->items, compare_text);
	for (size_t i = 0; i < rows->count; i++) {
		struct row row = rows->items[i];

		if (kept && !strcmp(rows->items[kept - 1].text, row.text))
			free(row.text);
		else
			rows->items[kept++] = row;
		row_of[row.location] = (uint32_t)kept - 1;
	}
	rows->count = kept;
}

static int64_t node_amount(
        const struct callpath_amounts *amounts, const struct report_options *options)
{
	if (options->net)
		return options->self ? amounts->self : 0;
	return options->self ? amounts->self_rise : amounts->rise;
}

static uint64_t node_calls(const struct callpath_node *node, const struct report_options *options)
{
	if (options->net)
		return node->calls;
	return options->self ? node->self_rise_calls : node->rise_calls;
}

/* Adds each node to its row, but for signed sums with callees, which no single node has. */
static void rows_add_nodes(const struct profile *profile, const struct report_options *options,
        const uint32_t *row_of, struct row_list *rows)
{
	for (uint32_t i = FIRST_NODE; i < profile->paths.count; i++) {
		const struct callpath_node *node = callpath_at(&profile->paths, i);
		struct row *row;

		if (row_of[node->location] == NO_ROW)
			continue;
		row = &rows->items[row_of[node->location]];
		row->calls += node_calls(node, options);
		for (unsigned column = 0; column < profile->columns; column++)
			row->amounts.bytes[column] +=
			        node_amount(callpath_amounts(&profile->paths, i, column), options);
	}
}

static struct ptmem_error *rows_sum(const struct profile *profile,
        const struct report_options *options, uint32_t *row_of, struct row_list *rows)
{
	if (!rows_name(profile, row_of, rows))
		return &error_no_memory;
	rows_merge(rows, row_of);
	rows_add_nodes(profile, options, row_of, rows);
	if (options->net && !options->self)
		return net_add(&profile->paths, row_of, rows);
	return NULL;
}

/* In the column where it is largest, whichever way it went. */
static uint64_t row_magnitude(const struct row *row, unsigned columns)
{
	uint64_t largest = 0;

	for (unsigned i = 0; i < columns; i++) {
		int64_t bytes = row->amounts.bytes[i];
		uint64_t magnitude = bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;

		largest = magnitude > largest ? magnitude : largest;
	}
	return largest;
}

static void rows_drop_small(
        struct row_list *rows, unsigned columns, uint64_t min, struct report_hidden *hidden)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++) {
		struct row row = rows->items[i];
		uint64_t magnitude = row_magnitude(&row, columns);

		if (magnitude && magnitude >= min) {
			rows->items[kept++] = row;
			continue;
		}
		hidden->below_min += magnitude != 0;
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

struct ptmem_error *rows_collect(const struct profile *profile,
        const struct report_options *options, struct row_list *rows, struct report_hidden *hidden)
{
	size_t size = profile->locations.count * sizeof(uint32_t);
	uint32_t *row_of = malloc(size ? size : 1);
	struct row_list collected = {0};
	struct ptmem_error *error = &error_no_memory;

	if (row_of) {
		memset(row_of, 0xff, size);
		error = rows_sum(profile, options, row_of, &collected);
		free(row_of);
	}
	if (error) {
		rows_deinit(&collected);
		return error;
	}
	*hidden = (struct report_hidden){0};
	rows_drop_small(&collected, profile->columns,
	        options->min_given ? (uint64_t)options->min : 0, hidden);
	rows_drop_beyond_top(&collected, options->top, hidden);
	rows_sort(&collected, options->sort);
	if (options->reverse)
		rows_reverse(&collected);
	*rows = collected;
	return NULL;
}
