/* The breakpoints engine line by line. */
#include "engine/statements.h"

#include "engine/calls.h"
#include "engine/image.h"
#include "engine/objects.h"
#include "symbol/rows.h"
#include "symbol/site.h"

#include <stdlib.h>
#include <string.h>

/* Code that is decoded at once. */
#define CODE_MAX (UINT64_C(1) << 20)

/* Further apart, two places of a function are in different parts of it. */
#define PART_GAP 4096

/* --- Which --- */

static bool add_statements(
	const struct function *function, const struct code_rows *rows, struct statement_list *list)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct statement *new = vec_append(list);

		if (!new)
			return false;
		*new = (struct statement){
			function, rows->items[i].address, rows->items[i].begins_statement};
	}
	return true;
}

/* Whether some statement of a function is in a range of lines. */
static struct ptmem_error *judge_rows(
	struct object *object, const struct code_rows *rows, struct line_range *range, bool *wanted)
{
	for (size_t i = 0; !*wanted && i < rows->count; i++) {
		struct object_site site;
		struct ptmem_error *error = object_site(object, rows->items[i].address, &site);

		if (error)
			return error;
		*wanted = site.file && site.line >= range->from && site.line <= range->to &&
			  pattern_list_matches_path(&range->file, site.file);
		object_site_deinit(&site);
	}
	range->used |= *wanted;
	return NULL;
}

static struct ptmem_error *judge_ranges(struct object *object, const struct function *function,
	const struct code_rows *rows, struct line_selection *selection, bool *wanted)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < selection->ranges.count; i++) {
		struct line_range *range = &selection->ranges.items[i];
		bool here = false;

		if (object_function_may_be_from(object, function, &range->file))
			error = judge_rows(object, rows, range, &here);
		*wanted |= here;
	}
	return error;
}

static struct ptmem_error *judge_name(struct object *object, const struct function *function,
	struct line_selection *selection, bool *wanted)
{
	char *name = object_function_name(object, function);

	if (!name)
		return &error_no_memory;
	*wanted = !line_selection_names(selection) ||
		  watch_named_by(object, function, name, &selection->funcs);
	free(name);
	return NULL;
}

static struct ptmem_error *select_one(struct object *object, const struct function *function,
	struct line_selection *selection, bool *wanted, struct statement_list *list)
{
	struct code_rows rows = {0};
	struct ptmem_error *error = judge_name(object, function, selection, wanted);

	if (!error && (*wanted || selection->ranges.count))
		error = object_function_rows(object, function, &rows);
	if (!error)
		error = judge_ranges(object, function, &rows, selection, wanted);
	if (!error && *wanted && !add_statements(function, &rows, list))
		error = &error_no_memory;
	vec_deinit(&rows);
	return error;
}

/* Whether a function that is wanted was inlined into this one. */
static struct ptmem_error *judge_inlined(struct object *object, const struct code_rows *rows,
	struct line_selection *selection, bool *wanted)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct object_site site;
		struct ptmem_error *error = object_site(object, rows->items[i].address, &site);

		if (error)
			return error;
		for (size_t j = 0; j < site.inlined.count; j++)
			*wanted |= line_selection_matches(
				selection, site.inlined.items[j].function.name, true);
		object_site_deinit(&site);
	}
	return NULL;
}

static struct ptmem_error *select_around(struct object *object, const struct function *function,
	struct line_selection *selection, bool *wanted, struct statement_list *list)
{
	struct code_rows rows;
	struct ptmem_error *error = object_function_rows(object, function, &rows);

	if (error)
		return error;
	error = judge_inlined(object, &rows, selection, wanted);
	if (!error && *wanted && !add_statements(function, &rows, list))
		error = &error_no_memory;
	vec_deinit(&rows);
	return error;
}

/*
 * Where a name is that of no function, all code is looked through for what was inlined, which takes
 * its time.
 */
static struct ptmem_error *select_all_around(struct object *object,
	struct line_selection *selection, const struct watch_list *watched, bool *wanted,
	struct statement_list *list)
{
	struct ptmem_error *error = NULL;

	if (!pattern_list_unused(&selection->funcs))
		return NULL;
	for (size_t i = 0; !error && i < watched->count; i++)
		if (!wanted[i])
			error = select_around(
				object, watched->items[i], selection, &wanted[i], list);
	return error;
}

static void keep_wanted(struct watch_list *watched, const bool *wanted)
{
	size_t kept = 0;

	for (size_t i = 0; i < watched->count; i++)
		if (wanted[i])
			watched->items[kept++] = watched->items[i];
	watched->count = kept;
}

struct ptmem_error *statements_select(struct object *object, struct line_selection *selection,
	bool only, struct watch_list *watched, struct statement_list *statements)
{
	bool *wanted = calloc(watched->count + 1, sizeof *wanted);
	struct ptmem_error *error = wanted ? NULL : &error_no_memory;

	for (size_t i = 0; !error && i < watched->count; i++)
		error = select_one(object, watched->items[i], selection, &wanted[i], statements);
	if (!error)
		error = select_all_around(object, selection, watched, wanted, statements);
	if (!error && only && line_selection_names(selection))
		keep_wanted(watched, wanted);
	free(wanted);
	return error;
}

/* --- Where --- */

static int compare_addresses(const void *a, const void *b)
{
	const struct statement *one = a, *other = b;

	if (one->address.value != other->address.value)
		return one->address.value > other->address.value ? 1 : -1;
	return other->begins - one->begins;
}

/* Code of a function from one place on, as far as the places in it go. */
struct stretch {
	uint64_t start, size;
	uint8_t *code;
};

/*
 * A line table may lie: a trap goes nowhere but where an instruction begins, as decoding from the
 * beginning of the code tells. *at is how far that came.
 */
static bool begins_instruction(const struct stretch *stretch, uint64_t address, uint64_t *at)
{
	while (*at < stretch->size && stretch->start + *at < address) {
		size_t length = arch->instruction_length(stretch->code + *at, stretch->size - *at);

		if (!length)
			return false;
		*at += length;
	}
	return *at < stretch->size && stretch->start + *at == address;
}

static struct ptmem_error *mark(struct statement_stops *stops, struct calls *calls,
	struct target_address address, struct statement_stop stop)
{
	struct statement_stop *new;
	uint32_t index;
	struct ptmem_error *error = breakpoint_mark(calls->breakpoints, address, &index);

	if (error)
		return error;
	new = vec_append(&stops->list);
	if (!new || !map_set(&stops->of, index, (uint32_t)stops->list.count - 1))
		return &error_no_memory;
	*new = stop;
	return NULL;
}

/* Where the code that is decoded for a place begins: its function, or the part that it is in. */
static uint64_t start_of(const struct statement *statement)
{
	const struct function *function = statement->function;
	bool inside = statement->address.value - function->address.value <
		      (function->size ? function->size : CODE_MAX);

	return inside ? function->address.value : statement->address.value;
}

/* Those from `first` on that are decoded together; how many they are. */
static size_t read_stretch(const struct breakpoints *breakpoints, const struct statement *first,
	size_t count, uint64_t bias, struct stretch *stretch)
{
	uint64_t end = first->address.value, start = start_of(first);
	size_t taken = 1;

	while (taken < count && first[taken].address.value - end < PART_GAP &&
		first[taken].address.value - start < CODE_MAX)
		end = first[taken++].address.value;
	*stretch = (struct stretch){.start = start, .size = end - start + ARCH_INSTRUCTION_MAX};
	stretch->code = stretch->size <= CODE_MAX + PART_GAP ? malloc(stretch->size) : NULL;
	stretch->size = stretch->code
				? breakpoints_read_code(breakpoints, target_address(start + bias),
					  stretch->code, stretch->size)
				: 0;
	return taken;
}

/* The statements of one function, in ascending order. */
static struct ptmem_error *plant_function(struct statement_stops *stops, struct calls *calls,
	struct places *places, uint32_t module, const struct statement *first, size_t count,
	uint64_t bias)
{
	uint32_t location = places_code_location(
		places, module, first->function->address.value, first->function->symbol);
	struct ptmem_error *error = location == UINT32_MAX ? &error_no_memory : NULL;

	for (size_t i = 0; !error && i < count;) {
		struct stretch stretch;
		size_t end =
			i + read_stretch(calls->breakpoints, first + i, count - i, bias, &stretch);
		uint64_t at = 0;

		for (; !error && i < end; i++) {
			struct file_address address = first[i].address;
			uint32_t site = places_site(places, module, address.value);

			/* What begins a statement comes first. */
			if (i && first[i - 1].address.value == address.value)
				continue;
			if (site != SITE_NONE && begins_instruction(&stretch, address.value, &at))
				error = mark(stops, calls, address_load(address, bias),
					(struct statement_stop){location, site, first[i].begins});
		}
		free(stretch.code);
	}
	if (!error)
		calls_keep(calls, location);
	return error;
}

struct ptmem_error *statements_plant(struct statement_stops *stops, struct calls *calls,
	struct places *places, const struct loaded_object *object, const struct image *image)
{
	struct statement *items = image->statements.items;
	size_t count = image->statements.count;
	struct ptmem_error *error = NULL;

	for (size_t i = 0, end; !error && i < count; i = end) {
		for (end = i + 1; end < count && items[end].function == items[i].function; end++)
			;
		qsort(items + i, end - i, sizeof *items, compare_addresses);
		error = plant_function(
			stops, calls, places, image->module, items + i, end - i, object->bias);
	}
	return error;
}

struct ptmem_error *statements_watch_unwinder(struct statement_stops *stops,
	struct breakpoints *breakpoints, const struct loaded_object *object,
	const struct image *image)
{
	const struct function *function =
		image->object ? object_function_named(image->object, "_Unwind_SetIP") : NULL;
	uint32_t index;
	struct ptmem_error *error;

	if (!function)
		return NULL;
	error = breakpoint_mark(breakpoints, address_load(function->address, object->bias), &index);
	if (error)
		return error;
	return map_set(&stops->unwinders, index, 0) ? NULL : &error_no_memory;
}

struct ptmem_error *statements_meet_unwinder(struct statement_stops *stops, struct calls *calls,
	const struct objects *objects, const struct images *images, uint32_t index,
	const struct registers *registers)
{
	struct target_address pad = arch->second_argument(registers);
	const struct loaded_object *object;
	const struct function *function;
	struct file_address address;
	uint32_t known, location, site;
	struct ptmem_error *error;

	if (map_get(&stops->unwinders, index) == MAP_NONE)
		return NULL;
	known = breakpoint_find(calls->breakpoints, pad);
	object = known != BREAKPOINT_NONE && map_get(&stops->of, known) != MAP_NONE
			 ? NULL
			 : objects_at(objects, pad);
	if (!object || !images->items[object->image].object)
		return NULL;
	address = object_address(object, pad);
	function = object_function_around(images->items[object->image].object, address);
	if (!function)
		return NULL;
	location = places_code_location(images->places, images->items[object->image].module,
		function->address.value, function->symbol);
	site = places_site(images->places, images->items[object->image].module, address.value);
	if (location == UINT32_MAX || site == SITE_NONE || !calls_is_kept(calls, location))
		return NULL;
	error = mark(stops, calls, pad, (struct statement_stop){location, site, false});
	return error ? error : breakpoints_plant(calls->breakpoints);
}

void statements_forget(struct statement_stops *stops, const struct breakpoints *breakpoints,
	uint64_t start, uint64_t end)
{
	for (uint32_t i = 0; i < breakpoints->list.count; i++) {
		uint64_t address = breakpoint_at(breakpoints, i)->address.value;
		uint32_t index = map_get(&stops->of, i);

		if (index != MAP_NONE && address >= start && address < end)
			stops->list.items[index].function = UINT32_MAX;
	}
}

bool statements_copy(struct statement_stops *stops, const struct statement_stops *from)
{
	return map_copy(&stops->of, &from->of) && map_copy(&stops->unwinders, &from->unwinders) &&
	       vec_copy(&stops->list, &from->list);
}

void statement_stops_deinit(struct statement_stops *stops)
{
	map_deinit(&stops->of);
	map_deinit(&stops->unwinders);
	vec_deinit(&stops->list);
}

/* --- Stops --- */

void statements_stop(const struct statement_stops *stops, struct calls *calls, struct task *task,
	uint32_t index, const struct registers *registers)
{
	uint32_t found = map_get(&stops->of, index);
	const struct statement_stop *stop;
	const struct shadow_frame *top;

	if (found == MAP_NONE)
		return;
	stop = &stops->list.items[found];
	calls_drop_dead(calls, task, arch->entry_slot(registers));
	top = shadow_top(&task->shadow);
	/* A call that was not caught has no frame. */
	if (top && shadow_location(&task->shadow, top) == stop->function)
		shadow_at(&task->shadow, stop->site, stop->begins);
}
