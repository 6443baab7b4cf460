/* What of a run is measured. */
#include "engine/scope.h"

#include "engine/watch.h"

#include <stdlib.h>

static bool add(struct scope *scope, enum marker_kind kind, struct file_address address)
{
	struct marker *new = vec_append(&scope->places);

	if (new)
		*new = (struct marker){.kind = kind, .address = address};
	return new;
}

static struct ptmem_error *select_function(struct object *object, const struct function *function,
	struct pattern_list *from, struct pattern_list *until, struct scope *scope)
{
	char *name = object_function_name(object, function);
	bool added = name;

	if (name && watch_named_by(object, function, name, from))
		added = add(scope, MARKER_START, function->address);
	if (added && watch_named_by(object, function, name, until))
		added = add(scope, MARKER_STOP, function->address);
	free(name);
	return added ? NULL : &error_no_memory;
}

struct ptmem_error *scope_select(struct object *object, struct pattern_list *from,
	struct pattern_list *until, struct scope *scope)
{
	bool named = from->count || until->count;
	size_t count = 0;
	const struct function *functions = named ? object_functions(object, &count) : NULL;
	struct ptmem_error *error = object_markers(object, &scope->places);

	scope->begins_later = from->count;
	for (size_t i = 0; !error && i < scope->places.count; i++)
		scope->begins_later |= scope->places.items[i].kind == MARKER_START;
	for (size_t i = 0; !error && i < count; i++)
		error = select_function(object, &functions[i], from, until, scope);
	return error;
}

void scope_deinit(struct scope *scope)
{
	vec_deinit(&scope->places);
}

bool scope_stops_copy(struct scope_stops *stops, const struct scope_stops *from)
{
	return map_copy(&stops->of, &from->of) && vec_copy(&stops->list, &from->list);
}

void scope_stops_deinit(struct scope_stops *stops)
{
	map_deinit(&stops->of);
	vec_deinit(&stops->list);
}

static bool note(struct scope_stops *stops, uint32_t index, const struct marker *place)
{
	struct marker *new = vec_append(&stops->list);

	if (new)
		*new = *place;
	return new &&map_set(&stops->of, index, (uint32_t)stops->list.count - 1);
}

struct ptmem_error *scope_plant(struct scope_stops *stops, struct breakpoints *breakpoints,
	const struct scope *scope, uint64_t bias)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < scope->places.count; i++) {
		const struct marker *place = &scope->places.items[i];
		uint8_t code[ARCH_INSTRUCTION_MAX];
		uint32_t index;

		/* A note may lie. */
		if (place->is_mark &&
			!arch->is_nop(code,
				breakpoints_read_code(breakpoints,
					address_load(place->address, bias), code, sizeof code)))
			continue;
		error = breakpoint_mark(breakpoints, address_load(place->address, bias), &index);
		if (!error && !note(stops, index, place))
			error = &error_no_memory;
	}
	return error;
}

void scope_stop(
	const struct scope_stops *stops, struct profile *profile, uint32_t index, uint32_t outside)
{
	uint32_t found = map_get(&stops->of, index);
	const struct marker *place = found == MAP_NONE ? NULL : &stops->list.items[found];

	if (!place)
		return;
	if (place->kind == MARKER_START)
		profile->outside = BRACKET_NONE;
	else if (place->kind == MARKER_STOP)
		profile->outside = outside;
	else
		profile_pass(profile, place->name);
}
