/* The shadow stack of one thread. */
#include "profile/shadow.h"

#include "profile/journal.h"

#include <assert.h>

static bool shadow_intern_idle(struct shadow_stack *stack, uint32_t idle)
{
	uint32_t path = callpath_intern(&stack->profile->paths, stack->root, idle);

	if (path == CALLPATH_NONE)
		return false;
	stack->idle = path;
	return true;
}

bool shadow_set_idle(struct shadow_stack *stack, uint32_t idle)
{
	struct profile *profile = stack->profile;

	if (profile->journal)
		journal_idle(profile->journal, profile, stack->thread, idle);
	return shadow_intern_idle(stack, idle);
}

static uint32_t location_of(const struct shadow_stack *stack, uint32_t path)
{
	return callpath_at(&stack->profile->paths, path)->location;
}

uint32_t shadow_root(const struct shadow_stack *stack)
{
	return location_of(stack, stack->root);
}

void shadow_announce(struct shadow_stack *stack)
{
	if (stack->profile->journal)
		stack->thread = journal_begin_thread(stack->profile->journal, stack->profile,
			location_of(stack, stack->root), location_of(stack, stack->idle));
}

void shadow_rename(struct shadow_stack *stack, const char *name)
{
	if (!places_rename(stack->profile->places, location_of(stack, stack->root), name))
		return;
	if (stack->profile->journal)
		journal_rename_thread(stack->profile->journal, stack->thread, name);
}

void shadow_finish(struct shadow_stack *stack)
{
	assert(!stack->frames.count);
	if (stack->profile->journal)
		journal_end_thread(stack->profile->journal, stack->thread);
}

bool shadow_init(struct shadow_stack *stack, struct profile *profile, uint32_t root, uint32_t idle)
{
	*stack = (struct shadow_stack){.profile = profile};
	if (profile->journal)
		stack->thread = journal_begin_thread(profile->journal, profile, root, idle);
	stack->root = callpath_intern(&profile->paths, CALLPATH_ROOT, root);
	return stack->root != CALLPATH_NONE && shadow_intern_idle(stack, idle);
}

void shadow_deinit(struct shadow_stack *stack)
{
	vec_deinit(&stack->frames);
	map_deinit(&stack->active);
	line_stack_deinit(&stack->lines);
}

const struct shadow_frame *shadow_top(const struct shadow_stack *stack)
{
	return stack->frames.count ? &stack->frames.items[stack->frames.count - 1] : NULL;
}

uint32_t shadow_location(const struct shadow_stack *stack, const struct shadow_frame *frame)
{
	return places_function(stack->profile->places, location_of(stack, frame->path));
}

/* Each movement is a call of its own, under the bracket's name. */
static void shadow_charge_bracket(
	struct shadow_stack *stack, uint32_t path, const struct amounts *moved)
{
	struct callpath_call call = {.total = *moved, .self = *moved, .outermost = true};

	callpath_charge(&stack->profile->paths, path, moved);
	callpath_finish(&stack->profile->paths, path, &call);
	callpath_at(&stack->profile->paths, path)->calls++;
}

bool shadow_charge_aside(struct shadow_stack *stack, uint32_t bracket, const struct amounts *moved)
{
	struct profile *profile = stack->profile;
	uint32_t path;

	if (amounts_are_zero(moved, profile->columns))
		return true;
	path = callpath_intern(&profile->paths, stack->root, bracket);
	if (path == CALLPATH_NONE)
		return false;
	if (profile->journal)
		journal_moved_aside(profile->journal, profile, stack->thread, bracket, moved);
	shadow_charge_bracket(stack, path, moved);
	if (profile->lines)
		lines_charge_aside(profile->lines, moved->bytes[0]);
	return true;
}

void shadow_charge(struct shadow_stack *stack, const struct amounts *moved)
{
	struct profile *profile = stack->profile;
	struct shadow_frame *top;

	if (amounts_are_zero(moved, profile->columns))
		return;
	/* Without memory for the bracket it is charged as ever. */
	if (profile->outside != BRACKET_NONE && shadow_charge_aside(stack, profile->outside, moved))
		return;
	if (profile->journal)
		journal_moved(profile->journal, profile, stack->thread, moved);
	if (profile->lines)
		lines_charge(profile->lines, &stack->lines, moved->bytes[0]);
	if (!stack->frames.count) {
		shadow_charge_bracket(stack, stack->idle, moved);
		return;
	}
	top = &stack->frames.items[stack->frames.count - 1];
	amounts_add(&top->self, moved, profile->columns);
	callpath_charge(&profile->paths, top->path, moved);
}

uint32_t shadow_call_location(const struct shadow_stack *stack, uint32_t function, uint32_t from)
{
	struct profile *profile = stack->profile;
	const uint32_t *active = map_find(&stack->active, function);
	uint32_t call;

	if (from == SITE_NONE || (active && *active))
		return function;
	call = profile->sites_over ? places_find_call(profile->places, function, from)
				   : places_call_location(profile->places, function, from);
	return call == UINT32_MAX ? function : call;
}

uint32_t shadow_method_location(
	const struct shadow_stack *stack, uint32_t function, uint32_t instance)
{
	struct places *places = stack->profile->places;
	uint32_t method;

	if (instance == INSTANCE_NONE)
		return function;
	method = stack->profile->sites_over ? places_find_method(places, function, instance)
					    : places_method_location(places, function, instance);
	return method == UINT32_MAX ? function : method;
}

uint32_t shadow_instance(const struct shadow_stack *stack, const struct shadow_frame *frame)
{
	const struct location *location =
		&stack->profile->places->locations.items[location_of(stack, frame->path)];

	return location->kind == LOCATION_METHOD ? location->instance : INSTANCE_NONE;
}

static bool is_method(const struct shadow_stack *stack, uint32_t location)
{
	return stack->profile->places->locations.items[location].kind == LOCATION_METHOD;
}

/*
 * The first path that a call has below another is found by its function; those from other sites
 * have keys of their own.
 */
static uint32_t extra_key(uint32_t location, uint32_t function)
{
	return location == function ? ~function : location;
}

/* Calls from different sites that are not told apart are calls of the function. */
static uint32_t shadow_mix(struct shadow_stack *stack, uint32_t path, uint32_t location)
{
	struct callpath_node *node = callpath_at(&stack->profile->paths, path);

	if (node->location != location)
		node->location = places_function(stack->profile->places, location);
	return path;
}

/* The one path of a function below another, whatever site it is called from. */
static uint32_t shadow_first(struct shadow_stack *stack, uint32_t parent, uint32_t location)
{
	struct callpath_trie *paths = &stack->profile->paths;
	uint32_t function = places_function(stack->profile->places, location);
	uint32_t path = callpath_find(paths, parent, function);

	if (is_method(stack, location))
		location = function;
	return path == CALLPATH_NONE ? callpath_add_node(paths, parent, function, location)
				     : shadow_mix(stack, path, location);
}

/* The path of the calls under way that nothing is extra in. */
static uint32_t shadow_plain(struct shadow_stack *stack)
{
	const struct callpath_trie *paths = &stack->profile->paths;
	size_t known = stack->frames.count;
	uint32_t path;

	while (known && stack->frames.items[known - 1].plain == CALLPATH_NONE)
		known--;
	path = known ? stack->frames.items[known - 1].plain : stack->root;
	for (; path != CALLPATH_NONE && known < stack->frames.count; known++) {
		struct shadow_frame *frame = &stack->frames.items[known];

		path = shadow_first(stack, path, callpath_at(paths, frame->path)->location);
		frame->plain = path;
	}
	return path;
}

/* No path is there for this call, and it would be an extra one. */
static uint32_t shadow_add_extra(
	struct shadow_stack *stack, uint32_t parent, uint32_t key, uint32_t location)
{
	struct profile *profile = stack->profile;
	struct sites *sites = &profile->places->sites;
	uint32_t path;

	if (profile->sites_over || sites->extra >= SITES_EXTRA_MAX) {
		if (!profile->sites_over && profile->journal)
			journal_sites_over(profile->journal);
		profile->sites_over = sites->over = true;
		path = shadow_plain(stack);
		return path == CALLPATH_NONE ? path : shadow_first(stack, path, location);
	}
	path = callpath_add_node(&profile->paths, parent, key, location);
	if (path == CALLPATH_NONE)
		return CALLPATH_NONE;
	callpath_at(&profile->paths, path)->extra = true;
	sites->extra++;
	return path;
}

/* The path of a call that begins. */
static uint32_t shadow_path(struct shadow_stack *stack, uint32_t location)
{
	const struct shadow_frame *top = shadow_top(stack);
	struct callpath_trie *paths = &stack->profile->paths;
	uint32_t function = places_function(stack->profile->places, location);
	uint32_t parent = top ? top->path : stack->root, key = function;
	uint32_t path;

	if (is_method(stack, location)) {
		path = callpath_find(paths, parent, location);
		return path == CALLPATH_NONE ? shadow_add_extra(stack, parent, location, location)
					     : path;
	}
	path = callpath_find(paths, parent, key);
	if (path == CALLPATH_NONE && !callpath_at(paths, parent)->extra)
		return callpath_add_node(paths, parent, key, location);
	if (path != CALLPATH_NONE && callpath_at(paths, path)->location != location) {
		key = extra_key(location, function);
		path = callpath_find(paths, parent, key);
	}
	return path == CALLPATH_NONE ? shadow_add_extra(stack, parent, key, location) : path;
}

/* A second call from the same site: whatever leads there was done again. */
static void shadow_call_again(struct shadow_stack *stack, uint32_t location)
{
	const struct shadow_frame *top = shadow_top(stack);
	const struct location *call = &stack->profile->places->locations.items[location];

	if (top && top->returned && call->kind == LOCATION_CALL && call->site == top->at)
		lines_again(stack->profile->lines, &stack->lines);
}

bool shadow_enter(
	struct shadow_stack *stack, uint32_t location, struct target_address slot, uint32_t site)
{
	struct profile *profile = stack->profile;
	uint32_t function = places_function(profile->places, location);
	uint32_t path = shadow_path(stack, location);
	uint32_t *active = map_find(&stack->active, function);
	struct shadow_frame *frame;

	if (path == CALLPATH_NONE || (!active && !map_set(&stack->active, function, 0)))
		return false;
	if (profile->lines)
		shadow_call_again(stack, location);
	frame = vec_append(&stack->frames);
	if (!frame)
		return false;
	active = map_find(&stack->active, function);
	*frame = (struct shadow_frame){.slot = slot,
		.path = path,
		.site = site,
		.at = SITE_NONE,
		.plain = callpath_at(&profile->paths, path)->extra ? CALLPATH_NONE : path,
		.outermost = !*active};
	++*active;
	callpath_at(&profile->paths, path)->calls++;
	if (profile->journal)
		journal_enter(profile->journal, profile, stack->thread, location);
	if (profile->lines)
		lines_enter(profile->lines, &stack->lines, function,
			profile->places->locations.items[function].family);
	return true;
}

void shadow_at(struct shadow_stack *stack, uint32_t site, bool statement)
{
	struct profile *profile = stack->profile;
	struct shadow_frame *top = &stack->frames.items[stack->frames.count - 1];

	assert(stack->frames.count);
	if (site == SITE_NONE || (top->at == site && !statement))
		return;
	top->at = site;
	top->returned = false;
	if (!profile->lines && !profile->journal)
		return;
	profile->places->sites.list.items[site].stood_at = true;
	if (profile->journal)
		journal_at(profile->journal, profile, stack->thread, site, statement);
	if (profile->lines)
		lines_at(profile->lines, &stack->lines, site, statement);
}

struct shadow_call shadow_leave(struct shadow_stack *stack)
{
	unsigned columns = stack->profile->columns;
	struct shadow_frame *frame;
	struct callpath_call call;
	uint32_t location;

	assert(stack->frames.count);
	frame = &stack->frames.items[--stack->frames.count];
	location = shadow_location(stack, frame);
	call = (struct callpath_call){
		.total = frame->self, .self = frame->self, .outermost = frame->outermost};
	amounts_add(&call.total, &frame->inner, columns);
	callpath_finish(&stack->profile->paths, frame->path, &call);
	--*map_find(&stack->active, location);
	if (stack->profile->journal)
		journal_leave(stack->profile->journal, stack->thread);
	if (stack->profile->lines)
		lines_leave(stack->profile->lines, &stack->lines);
	if (stack->frames.count) {
		amounts_add(&frame[-1].inner, &call.total, columns);
		frame[-1].returned = true;
	}
	return (struct shadow_call){.location = location, .site = frame->site, .total = call.total};
}

uint32_t shadow_find_in_chain(const struct shadow_stack *stack, uint32_t location)
{
	const struct shadow_frame *top = shadow_top(stack);
	uint32_t found = UINT32_MAX;

	for (size_t i = stack->frames.count; i-- > 0;) {
		const struct shadow_frame *frame = &stack->frames.items[i];

		if (frame->slot.value != top->slot.value)
			break;
		if (shadow_location(stack, frame) == location)
			found = (uint32_t)i;
	}
	return found;
}
