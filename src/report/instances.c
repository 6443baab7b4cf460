/*
 * Object by object: a row a method of an object, the largest last, with what it added itself and
 * through functions that are no object's.
 *
 *     Grid#1(west).Grid::fill 8.00391 MB
 *
 * Rows are signed sums, and what was no object's doing has rows as well: all of them together are
 * what moved.
 */
#include "base/strbuf.h"
#include "report/label.h"
#include "report/methods.h"
#include "report/output.h"
#include "report/report.h"
#include "report/sections.h"
#include "report/style.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_NODE (CALLPATH_ROOT + 1)
#define DIGITS 6 /* as %g has them */

struct object_row {
	char *text;
	bool bracket;
	uint32_t first; /* node */
	uint64_t calls;
	struct amounts amounts;
};

struct object_listing {
	const struct profile *profile;
	const struct report_options *options;
	struct texts texts; /* of rows: their numbers */
	uint32_t *row_of;   /* for a location, or ROW_NONE */
	struct VEC(struct object_row) rows;
};

#define ROW_NONE UINT32_MAX

static void object_listing_deinit(struct object_listing *listing)
{
	for (size_t i = 0; i < listing->rows.count; i++)
		free(listing->rows.items[i].text);
	vec_deinit(&listing->rows);
	texts_deinit(&listing->texts);
	free(listing->row_of);
}

static void add_method_text(
	const struct object_listing *listing, const struct location *location, struct strbuf *text)
{
	const struct places *places = listing->profile->places;
	uint32_t class = places->instances.list.items[location->instance].class;

	switch (listing->options->by) {
	case BY_CLASS:
		strbuf_add_printable(text, places_text_at(places, class));
		return;
	case BY_OBJECT:
		methods_add_object(text, places, location);
		return;
	case BY_OBJECT_AND_METHOD:
		methods_add_object(text, places, location);
		strbuf_add(text, ".");
		break;
	case BY_METHOD:
		break;
	}
	strbuf_add_printable(text, location_name(location));
}

static char *row_text(const struct object_listing *listing, const struct location *location)
{
	bool bracket = location->kind == LOCATION_BRACKET;
	struct strbuf text = {0};

	strbuf_add(&text, bracket ? "[" : "");
	if (location->kind == LOCATION_METHOD) {
		add_method_text(listing, location, &text);
	} else {
		strbuf_add_printable(&text, location_name(location));
		strbuf_add(&text, location_mark(location));
	}
	strbuf_add(&text, bracket ? "]" : "");
	return strbuf_take(&text);
}

/* The row of what prints as this location does, made if need be; ROW_NONE when out of memory. */
static uint32_t find_row(struct object_listing *listing, uint32_t index, uint32_t node)
{
	const struct location *location = &listing->profile->places->locations.items[index];
	struct object_row *row;
	uint32_t *known;

	if (listing->row_of[index] != ROW_NONE)
		return listing->row_of[index];
	known = texts_find(&listing->texts, row_text(listing, location));
	if (!known)
		return ROW_NONE;
	if (*known == UINT32_MAX) {
		row = vec_append(&listing->rows);
		if (!row)
			return ROW_NONE;
		*row = (struct object_row){.text = row_text(listing, location),
			.bracket = location->kind == LOCATION_BRACKET,
			.first = node};
		*known = (uint32_t)listing->rows.count - 1;
		if (!row->text)
			return ROW_NONE;
	}
	return listing->row_of[index] = *known;
}

/* Whose row a node's memory is on: its own where it is on an object, or below no object; else that
 * of the method that it was called from. */
static uint32_t owner_of(
	const struct object_listing *listing, const uint32_t *owners, uint32_t node)
{
	const struct profile *profile = listing->profile;
	const struct callpath_node *at = callpath_at(&profile->paths, node);
	uint32_t above = owners[at->parent];

	if (profile->places->locations.items[at->location].kind == LOCATION_METHOD ||
		above == CALLPATH_ROOT ||
		profile->places->locations.items[callpath_at(&profile->paths, above)->location]
				.kind != LOCATION_METHOD)
		return node;
	return above;
}

static bool add_node(struct object_listing *listing, uint32_t node, uint32_t owner)
{
	const struct callpath_trie *paths = &listing->profile->paths;
	uint32_t location = callpath_at(paths, owner)->location, index;
	struct object_row *row;

	if (listing->profile->places->locations.items[location].kind == LOCATION_THREAD)
		return true;
	index = find_row(listing, location, owner);
	if (index == ROW_NONE)
		return false;
	row = &listing->rows.items[index];
	row->calls += node == owner ? callpath_at(paths, node)->calls : 0;
	for (unsigned i = 0; i < listing->profile->columns; i++)
		bytes_add(&row->amounts.bytes[i], callpath_amounts(paths, node, i)->self);
	return true;
}

/* A parent comes before its children. */
static bool collect(struct object_listing *listing)
{
	const struct callpath_trie *paths = &listing->profile->paths;
	size_t locations = listing->profile->places->locations.count;
	uint32_t *owners = calloc(paths->count, sizeof *owners);
	bool done;

	listing->row_of = malloc((locations + 1) * sizeof *listing->row_of);
	done = owners && listing->row_of;
	if (done)
		memset(listing->row_of, 0xff, (locations + 1) * sizeof *listing->row_of);
	for (uint32_t i = FIRST_NODE; done && i < paths->count; i++) {
		owners[i] = owner_of(listing, owners, i);
		done = add_node(listing, i, owners[i]);
	}
	free(owners);
	return done;
}

static uint64_t magnitude(const struct object_row *row)
{
	uint64_t largest = 0;

	for (unsigned i = 0; i < AMOUNT_COLUMNS; i++) {
		uint64_t bytes = bytes_magnitude(row->amounts.bytes[i]);

		largest = bytes > largest ? bytes : largest;
	}
	return largest;
}

/* Rows of nothing are nothing to report. */
static void drop_small(struct object_listing *listing, struct report_hidden *hidden)
{
	uint64_t min = listing->options->min_given ? (uint64_t)listing->options->min : 0;
	size_t kept = 0;

	for (size_t i = 0; i < listing->rows.count; i++) {
		struct object_row row = listing->rows.items[i];
		uint64_t bytes = magnitude(&row);

		if (bytes && bytes >= min) {
			listing->rows.items[kept++] = row;
			continue;
		}
		hidden->below_min += bytes > 0;
		free(row.text);
	}
	listing->rows.count = kept;
}

static int compare_text(const void *a, const void *b)
{
	const struct object_row *left = a, *right = b;

	return strcmp(left->text, right->text);
}

static int compare_memory(const void *a, const void *b)
{
	const struct object_row *left = a, *right = b;
	int64_t l = left->amounts.bytes[0], r = right->amounts.bytes[0];

	return l != r ? (l > r) - (l < r) : compare_text(a, b);
}

static int compare_calls(const void *a, const void *b)
{
	const struct object_row *left = a, *right = b;
	uint64_t l = left->calls, r = right->calls;

	return l != r ? (l > r) - (l < r) : compare_text(a, b);
}

static int compare_time(const void *a, const void *b)
{
	const struct object_row *left = a, *right = b;

	return (left->first > right->first) - (left->first < right->first);
}

static void sort(struct object_listing *listing, enum report_sort sort)
{
	static int (*const comparators[])(const void *, const void *) = {
		[SORT_MEMORY] = compare_memory,
		[SORT_CALLS] = compare_calls,
		[SORT_NAME] = compare_text,
		[SORT_TIME] = compare_time,
	};

	if (listing->rows.count)
		qsort(listing->rows.items, listing->rows.count, sizeof *listing->rows.items,
			comparators[sort]);
}

static void drop_beyond_top(struct object_listing *listing, struct report_hidden *hidden)
{
	size_t top = listing->options->top, count = listing->rows.count;
	struct object_row *rows = listing->rows.items;

	if (!top || count <= top)
		return;
	sort(listing, SORT_MEMORY);
	for (size_t i = 0; i < count - top; i++)
		free(rows[i].text);
	memmove(rows, rows + count - top, top * sizeof *rows);
	listing->rows.count = top;
	hidden->beyond_top = count - top;
}

static void add_amount(struct strbuf *text, const struct object_listing *listing, int64_t bytes)
{
	const struct report_options *options = listing->options;

	strbuf_addf(text, "%.*g MB", options->precision_given ? options->precision : DIGITS,
		(double)bytes / BYTES_PER_MB);
}

/* The other columns stand behind the row, each with its name, so that the row is the usual one. */
static void add_row(
	struct strbuf *text, const struct object_listing *listing, const struct object_row *row)
{
	const struct profile *profile = listing->profile;
	struct strbuf line = {0};

	strbuf_add(&line, row->text);
	strbuf_add(&line, " ");
	add_amount(&line, listing, row->amounts.bytes[0]);
	for (unsigned i = 1; i < profile->columns; i++) {
		strbuf_addf(&line, "  %s ", metric_name(metric_of_column(profile->metric, i)));
		add_amount(&line, listing, row->amounts.bytes[i]);
	}
	style_add_line(text, listing->options->color, row->bracket ? STYLE_BRACKET : STYLE_NONE,
		line.text ? line.text : "");
	text->failed |= line.failed;
	strbuf_deinit(&line);
}

static struct ptmem_error *print(const struct object_listing *listing, FILE *out)
{
	size_t count = listing->rows.count;
	struct ptmem_error *error = NULL;
	struct strbuf text = {0};

	for (size_t i = 0; !error && i < count; i++) {
		size_t at = listing->options->reverse ? count - 1 - i : i;

		add_row(&text, listing, &listing->rows.items[at]);
		error = output_block(out, &text);
	}
	if (!error)
		error = output_text(out, &text);
	strbuf_deinit(&text);
	return error;
}

static struct ptmem_error *instances_write(const struct profile *profile,
	const struct report_options *options, FILE *out, struct report_hidden *hidden)
{
	struct object_listing listing = {.profile = profile, .options = options};
	struct ptmem_error *error = collect(&listing) ? NULL : &error_no_memory;

	*hidden = (struct report_hidden){0};
	if (!error) {
		drop_small(&listing, hidden);
		drop_beyond_top(&listing, hidden);
		sort(&listing, options->sort);
		error = print(&listing, out);
	}
	object_listing_deinit(&listing);
	return error;
}

static struct ptmem_error *instances_write_several(const struct profiles *profiles,
	const struct profile *total, const struct report_options *options, FILE *out,
	struct report_hidden *hidden)
{
	return sections_write(instances_write, profiles, total, options, out, hidden);
}

const struct report_ops report_instances = {
	.name = "instances", .write = instances_write, .write_several = instances_write_several};
