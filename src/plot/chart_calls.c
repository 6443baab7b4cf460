/* The calls of a chart. There may be millions, of which a column of pixels shows one. */
#include "plot/chart_calls.h"

#include "base/vec.h"
#include "plot/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct ptmem_error *add_function(struct chart *chart, const char *name)
{
	struct chart_function function = {.name = text_clean(name)};
	struct chart_function *new = function.name ? vec_append(&chart->functions) : NULL;
	if (!new) {
		free(function.name);
		return &error_no_memory;
	}
	*new = function;
	return NULL;
}

static struct ptmem_error *find_function(
	struct chart *chart, struct texts *names, const char *name, size_t *function)
{
	uint32_t *number = texts_find(names, strdup(name));

	if (!number)
		return &error_no_memory;
	if (*number == UINT32_MAX) {
		struct ptmem_error *error = add_function(chart, name);

		if (error)
			return error;
		*number = (uint32_t)chart->functions.count - 1;
	}
	*function = *number;
	return NULL;
}

static struct ptmem_error *add_call(struct chart *chart, struct texts *names,
	const struct series_call *from, const struct view *view)
{
	struct chart_call call = {
		.entry = {from->entry.time - view->start, from->entry.memory},
		.exit = {from->exit.time - view->start, from->exit.memory},
		.row = from->level,
	};
	struct ptmem_error *error;
	struct chart_call *new;

	if (call.exit.x < view->from || call.entry.x > view->to)
		return NULL;
	error = find_function(chart, names, from->name, &call.function);
	if (error)
		return error;
	chart->functions.items[call.function].calls++;
	chart->functions.items[call.function].duration += call.exit.x - call.entry.x;
	new = vec_append(&chart->calls);
	if (!new)
		return &error_no_memory;
	*new = call;
	return NULL;
}

struct ptmem_error *chart_add_calls(struct chart *chart, struct texts *names,
	const struct series *series, const struct view *view)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < series->call_count; i++)
		error = add_call(chart, names, &series->calls[i], view);
	return error;
}

/* A function while they are put in order. */
struct ranked {
	struct chart_function function;
	size_t number; /* before */
};

static int compare_durations(const void *a, const void *b)
{
	const struct ranked *left = a, *right = b;
	double difference = right->function.duration - left->function.duration;

	if (difference != 0)
		return difference > 0 ? 1 : -1;
	return strcmp(left->function.name, right->function.name);
}

/* The longest first; calls are told the new numbers. */
static struct ptmem_error *rank_functions(struct chart *chart)
{
	size_t count = chart->functions.count;
	struct ranked *ranked = calloc(count, sizeof *ranked);
	size_t *numbers = calloc(count, sizeof *numbers);

	if (!ranked || !numbers) {
		free(ranked);
		free(numbers);
		return &error_no_memory;
	}
	for (size_t i = 0; i < count; i++)
		ranked[i] = (struct ranked){chart->functions.items[i], i};
	qsort(ranked, count, sizeof *ranked, compare_durations);
	for (size_t i = 0; i < count; i++) {
		chart->functions.items[i] = ranked[i].function;
		numbers[ranked[i].number] = i;
	}
	for (size_t i = 0; i < chart->calls.count; i++)
		chart->calls.items[i].function = numbers[chart->calls.items[i].function];
	free(ranked);
	free(numbers);
	return NULL;
}

/* Callers before what they call. */
static int compare_calls(const void *a, const void *b)
{
	const struct chart_call *left = a, *right = b;

	if (left->entry.x != right->entry.x)
		return left->entry.x > right->entry.x ? 1 : -1;
	if (left->exit.x != right->exit.x)
		return left->exit.x < right->exit.x ? 1 : -1;
	return (left->row > right->row) - (left->row < right->row);
}

static int compare_levels(const void *a, const void *b)
{
	unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;

	return (left > right) - (left < right);
}

/* Levels as they are said, but counted from 0 and without those that no call has. */
static struct ptmem_error *rows_by_level(struct chart *chart)
{
	size_t count = chart->calls.count, rows = 0;
	unsigned *levels = calloc(count, sizeof *levels);

	if (!levels)
		return &error_no_memory;
	for (size_t i = 0; i < count; i++)
		levels[i] = chart->calls.items[i].row;
	qsort(levels, count, sizeof *levels, compare_levels);
	for (size_t i = 0; i < count; i++)
		if (!i || levels[i] != levels[i - 1])
			levels[rows++] = levels[i];
	for (size_t i = 0; i < count; i++) {
		const unsigned *level = bsearch(
			&chart->calls.items[i].row, levels, rows, sizeof *levels, compare_levels);

		chart->calls.items[i].row = (unsigned)(level - levels);
	}
	free(levels);
	return NULL;
}

/* Old files say no levels: a call is within those that are under way when it begins. */
static struct ptmem_error *rows_by_time(struct chart *chart)
{
	struct VEC(double) exits = {0}; /* of the calls under way */

	for (size_t i = 0; i < chart->calls.count; i++) {
		struct chart_call *call = &chart->calls.items[i];
		double *exit;

		while (exits.count && exits.items[exits.count - 1] <= call->entry.x)
			exits.count--;
		call->row = (unsigned)exits.count;
		exit = vec_append(&exits);
		if (!exit) {
			vec_deinit(&exits);
			return &error_no_memory;
		}
		*exit = call->exit.x;
	}
	vec_deinit(&exits);
	return NULL;
}

static bool says_levels(const struct chart *chart)
{
	for (size_t i = 0; i < chart->calls.count; i++)
		if (chart->calls.items[i].row)
			return true;
	return false;
}

/* Which column a time is in. */
static size_t column_of(const struct view *view, double time)
{
	double place = (time - view->from) / (view->to - view->from) * view->columns;

	return place < 0 ? 0 : place > view->columns ? view->columns : (size_t)place;
}

/* Of calls that are narrower than a column, one is drawn in each. */
static void pick_flames(struct chart *chart, const struct view *view)
{
	size_t narrow[CHART_ROWS_MOST] = {0}; /* the last column that has one, and 1 */
	size_t kept = 0;

	for (size_t i = 0; i < chart->calls.count; i++) {
		struct chart_call call = chart->calls.items[i];
		size_t from = column_of(view, call.entry.x), to = column_of(view, call.exit.x);

		if (call.row >= CHART_ROWS_MOST) {
			chart->calls_left_out++;
			continue;
		}
		if (from == to && narrow[call.row] == from + 1)
			continue;
		if (from == to)
			narrow[call.row] = from + 1;
		if (call.row >= chart->rows)
			chart->rows = call.row + 1;
		chart->calls.items[kept++] = call;
	}
	chart->calls.count = kept;
}

/* Marks the place where a bracket is; false where it is out of view, or there is one. */
static bool take_place(bool *taken, const struct view *view, double time)
{
	bool *place = &taken[column_of(view, time)];

	if (time < view->from || time > view->to || *place)
		return false;
	*place = true;
	return true;
}

/* A function has one bracket of a kind in a column. */
static struct ptmem_error *pick_brackets(struct chart *chart, const struct view *view)
{
	size_t places = view->columns + (size_t)1, kept = 0;
	bool *taken = calloc(places * 2 * CHART_FUNCTIONS_MOST, sizeof *taken);

	if (!taken)
		return &error_no_memory;
	for (size_t i = 0; i < chart->calls.count; i++) {
		struct chart_call call = chart->calls.items[i];
		bool *places_of;

		if (call.function >= CHART_FUNCTIONS_MOST)
			continue;
		places_of = taken + 2 * call.function * places;
		call.shows_entry = take_place(places_of, view, call.entry.x);
		call.shows_exit = take_place(places_of + places, view, call.exit.x);
		if (call.shows_entry || call.shows_exit)
			chart->calls.items[kept++] = call;
	}
	chart->calls.count = kept;
	free(taken);
	return NULL;
}

struct ptmem_error *chart_arrange_calls(struct chart *chart, const struct view *view, bool flame)
{
	struct ptmem_error *error;

	if (!chart->calls.count)
		return NULL;
	error = rank_functions(chart);
	if (error)
		return error;
	qsort(chart->calls.items, chart->calls.count, sizeof *chart->calls.items, compare_calls);
	if (chart->functions.count > CHART_FUNCTIONS_MOST)
		chart->functions_left_out = chart->functions.count - CHART_FUNCTIONS_MOST;
	if (!flame)
		return pick_brackets(chart, view);
	error = says_levels(chart) ? rows_by_level(chart) : rows_by_time(chart);
	if (!error)
		pick_flames(chart, view);
	return error;
}
