/*
 * The difference of two profiles by call path: a profile whose amounts are those of the
 * new one less those of the base, printed as any tree. Functions are the same by what
 * pairs them in the table; threads by their names and the order in which they began, and
 * the first one always.
 */
#include "base/strbuf.h"
#include "report/diff.h"
#include "report/label.h"
#include "report/pairs.h"
#include "report/prune.h"
#include "report/sums.h"

#include <stdlib.h>
#include <string.h>

/* One of the two profiles. */
struct side {
	const struct profile *profile;
	int sign; /* of its amounts in the difference */
	struct sum_list names;
	uint32_t *target;  /* a name: which location of the difference it is */
	uint32_t *name_of; /* a location: its name */
	uint32_t modules;  /* where its modules begin in the difference */
};

struct thread_name {
	const char *name;
	uint64_t ordinal;
	uint32_t location;
};

struct thread_names VEC(struct thread_name);

static void side_deinit(struct side *side)
{
	sums_deinit(&side->names);
	free(side->target);
	free(side->name_of);
}

static bool add_name(struct side *side, char *text, size_t file, uint32_t location)
{
	struct sum *name = text ? vec_append(&side->names) : NULL;

	if (name)
		*name = (struct sum){
			.text = text, .file = file, .location = location, .bracket = !file};
	else
		free(text);
	return name;
}

static int compare_threads(const void *a, const void *b)
{
	const struct thread_name *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : (left->ordinal > right->ordinal) - (left->ordinal < right->ordinal);
}

/* `\1worker 2` is the second of that name; no function's text has such a character. */
static char *thread_text(const struct thread_name *thread, size_t number)
{
	struct strbuf text = {0};

	if (thread->ordinal == 1)
		strbuf_add(&text, "\1");
	else
		strbuf_addf(&text, "\1%s %zu", thread->name, number);
	return strbuf_take(&text);
}

static bool name_threads(struct side *side, struct thread_names *threads)
{
	size_t number = 0;

	if (threads->count)
		qsort(threads->items, threads->count, sizeof *threads->items, compare_threads);
	for (size_t i = 0; i < threads->count; i++) {
		const struct thread_name *thread = &threads->items[i];

		number = i && !strcmp(thread[-1].name, thread->name) ? number + 1 : 1;
		if (!add_name(side, thread_text(thread, number), 0, thread->location))
			return false;
	}
	return true;
}

static bool name_location(struct side *side, uint32_t index, struct thread_names *threads)
{
	const struct location *location = &side->profile->places->locations.items[index];
	struct thread_name *thread;
	size_t file;
	char *text;

	if (location->kind != LOCATION_THREAD) {
		text = sum_text(side->profile, location, &file);
		return add_name(side, text, file, index);
	}
	thread = vec_append(threads);
	if (thread)
		*thread = (struct thread_name){location_name(location), location->offset, index};
	return thread;
}

/* Says of each location which name is its own, and keeps one of each. */
static void merge_names(struct side *side)
{
	struct sum *names = side->names.items;
	size_t kept = 0;

	sums_sort(&side->names);
	for (size_t i = 0; i < side->names.count; i++) {
		struct sum name = names[i];

		if (kept && !strcmp(names[kept - 1].text, name.text))
			free(name.text);
		else
			names[kept++] = name;
		side->name_of[name.location] = (uint32_t)kept - 1;
	}
	side->names.count = kept;
}

/* The others are of what recordings have beside. */
static bool is_shown(const struct location *location)
{
	return location->kind != LOCATION_CALL && location->kind != LOCATION_METHOD;
}

static bool side_init(struct side *side, const struct profile *profile, int sign)
{
	size_t size = (profile->places->locations.count + 1) * sizeof(uint32_t);
	struct thread_names threads = {0};
	bool complete;

	*side = (struct side){
		.profile = profile, .sign = sign, .target = malloc(size), .name_of = malloc(size)};
	complete = side->target && side->name_of;
	for (uint32_t i = 0; complete && i < profile->places->locations.count; i++)
		if (is_shown(&profile->places->locations.items[i]))
			complete = name_location(side, i, &threads);
	complete = complete && name_threads(side, &threads);
	if (complete)
		merge_names(side);
	vec_deinit(&threads);
	return complete;
}

static bool copy_text(const char *from, char **to)
{
	*to = from ? strdup(from) : NULL;
	return *to || !from;
}

static uint32_t add_code(struct profile *growth, const struct side *side,
	const struct location *location, uint64_t number)
{
	const char *symbol = location->symbol ? location->symbol : "";
	uint32_t index = places_code_location(
		growth->places, side->modules + location->module, number, symbol);
	struct location *new;

	if (index == UINT32_MAX)
		return UINT32_MAX;
	new = &growth->places->locations.items[index];
	new->kind = location->kind;
	new->line = location->line;
	return copy_text(location->name, &new->name) && copy_text(location->file, &new->file)
		       ? index
		       : UINT32_MAX;
}

/* The location of the difference that a pair becomes: as the new side has it, if it does. */
static bool add_location(struct profile *growth, struct side *base, struct side *new,
	const struct pair *pair, uint64_t number)
{
	const struct side *side = pair->new ? new : base;
	const struct sum *name = pair->new ? pair->new : pair->base;
	const struct location *location = &side->profile->places->locations.items[name->location];
	uint32_t index = UINT32_MAX;

	switch (location->kind) {
	case LOCATION_CODE:
	case LOCATION_INLINED:
		index = add_code(growth, side, location, number);
		break;
	case LOCATION_BRACKET:
		index = places_bracket_location(growth->places, location_name(location));
		break;
	case LOCATION_THREAD:
		index = places_thread_location(
			growth->places, location->offset, location_name(location));
		break;
	case LOCATION_CALL:
	case LOCATION_METHOD:
		break;
	}
	if (pair->base)
		base->target[pair->base - base->names.items] = index;
	if (pair->new)
		new->target[pair->new - new->names.items] = index;
	return index != UINT32_MAX;
}

static bool add_modules(struct profile *growth, struct side *side)
{
	const struct profile *profile = side->profile;

	side->modules = (uint32_t)growth->places->modules.count;
	for (size_t i = 0; i < profile->places->modules.count; i++)
		if (places_add_module(growth->places, profile->places->modules.items[i].path,
			    profile->places->modules.items[i].build_id) == UINT32_MAX)
			return false;
	return true;
}

static bool add_locations(struct profile *growth, struct side *base, struct side *new)
{
	struct pair_list pairs = {0};
	struct ptmem_error *error = pairs_collect(&base->names, &new->names, &pairs);
	bool complete = !error && add_modules(growth, base) && add_modules(growth, new);

	for (size_t i = 0; complete && i < pairs.count; i++)
		complete = add_location(growth, base, new, &pairs.items[i], i);
	vec_deinit(&pairs);
	return complete;
}

static void add_amounts(struct profile *growth, uint32_t to, const struct side *side, uint32_t from)
{
	const struct callpath_node *node = callpath_at(&side->profile->paths, from);
	struct callpath_node *sum = callpath_at(&growth->paths, to);

	for (unsigned column = 0; column < growth->columns; column++) {
		const struct callpath_amounts *more =
			callpath_amounts(&side->profile->paths, from, column);
		struct callpath_amounts *amounts = callpath_amounts(&growth->paths, to, column);

		amounts->self += side->sign * more->self;
		amounts->rise += side->sign * more->rise;
		amounts->self_rise += side->sign * more->self_rise;
	}
	if (side->sign < 0)
		return;
	sum->calls += node->calls;
	sum->rise_calls += node->rise_calls;
	sum->self_rise_calls += node->self_rise_calls;
}

static bool add_paths(struct profile *growth, const struct side *side)
{
	const struct callpath_trie *paths = &side->profile->paths;
	uint32_t *merged = malloc(paths->count * sizeof *merged);
	bool complete = merged;

	if (merged)
		merged[CALLPATH_ROOT] = CALLPATH_ROOT;
	for (uint32_t i = CALLPATH_ROOT + 1; complete && i < paths->count; i++) {
		const struct callpath_node *node = callpath_at(paths, i);

		merged[i] = callpath_intern(&growth->paths, merged[node->parent],
			side->target[side->name_of[node->location]]);
		complete = merged[i] != CALLPATH_NONE;
		if (complete)
			add_amounts(growth, merged[i], side, i);
	}
	free(merged);
	return complete;
}

static void add_balance(struct profile *growth, const struct profile *profile, int sign)
{
	for (unsigned i = 0; i < growth->columns; i++) {
		growth->balance.start.bytes[i] += sign * profile->balance.start.bytes[i];
		growth->balance.end.bytes[i] += sign * profile->balance.end.bytes[i];
	}
}

struct ptmem_error *diff_profile(
	const struct profile *base, const struct profile *new, struct profile *growth)
{
	struct ptmem_error *error = diff_check(base, new);
	struct side old_side = {0}, new_side = {0};
	struct profile made;

	if (error)
		return error;
	/* The new side first: its order of calls is the difference's. */
	if (!profile_init(&made, new->metric) || !side_init(&old_side, base, -1) ||
		!side_init(&new_side, new, 1) || !add_locations(&made, &old_side, &new_side) ||
		!add_paths(&made, &new_side) || !add_paths(&made, &old_side) ||
		!prune_unmoved(&made.paths))
		error = &error_no_memory;
	side_deinit(&old_side);
	side_deinit(&new_side);
	if (error) {
		profile_deinit(&made);
		return error;
	}
	add_balance(&made, new, 1);
	add_balance(&made, base, -1);
	made.peak = new->peak;
	*growth = made;
	return NULL;
}

struct ptmem_error *diff_write_tree(const struct profile *base, const struct profile *new,
	const struct report_options *options, FILE *out, struct report_hidden *hidden)
{
	struct profile growth;
	struct ptmem_error *error = diff_profile(base, new, &growth);

	if (error)
		return error;
	error = report_tree.write(&growth, options, out, hidden);
	profile_deinit(&growth);
	return error ? error : diff_write_peak(base, out);
}
