/* Objects that are alive. */
#include "engine/living.h"

#include "engine/name_read.h"

#include <stdlib.h>

#define LIVE_NONE (MAP_NONE - 1)

/* Nothing lives in the first page. */
#define LEAST_ADDRESS 4096

/* A name is looked for so often before an object is taken to have none. */
#define NAME_TRIES 16

/* Stacks are no larger. */
#define STACK_MAX (UINT64_C(64) << 20)

/* Objects of one address that are looked at. */
#define CHAIN_MAX 64

void living_init(struct living *living, const struct target_memory *memory)
{
	*living = (struct living){.memory = memory, .heap = UINT32_MAX, .free = LIVE_NONE};
}

void living_deinit(struct living *living)
{
	vec_deinit(&living->list);
	vec_deinit(&living->vtables);
	map_deinit(&living->at);
	map_deinit(&living->of);
	map_deinit(&living->vtable_of);
}

bool living_copy(struct living *living, const struct living *from)
{
	living->receivers = from->receivers;
	if (!from->receivers)
		return true;
	living->free = from->free;
	living->heap = from->heap == UINT32_MAX
			       ? UINT32_MAX
			       : places_add_heap(from->receivers->places, from->heap);
	return vec_copy(&living->list, &from->list) && map_copy(&living->at, &from->at) &&
	       map_copy(&living->of, &from->of);
}

void living_forget_vtables(struct living *living)
{
	vec_deinit(&living->vtables);
	map_deinit(&living->vtable_of);
}

void living_forget(struct living *living)
{
	living_forget_vtables(living);
	vec_deinit(&living->list);
	map_deinit(&living->at);
	map_deinit(&living->of);
	living->free = LIVE_NONE;
}

/* --- The table --- */

static uint32_t first_at(const struct living *living, uint64_t address)
{
	uint32_t found = map_get(&living->at, address);

	return found == MAP_NONE ? LIVE_NONE : found;
}

static struct live *live_at(const struct living *living, uint32_t index)
{
	return index == LIVE_NONE ? NULL : &living->list.items[index];
}

static struct live *live_of(const struct living *living, uint32_t instance)
{
	uint32_t found = map_get(&living->of, instance);

	return found == MAP_NONE ? NULL : live_at(living, found);
}

static uint32_t take_place(struct living *living)
{
	uint32_t place = living->free;

	if (place != LIVE_NONE) {
		living->free = living->list.items[place].next;
		return place;
	}
	return vec_append(&living->list) ? (uint32_t)living->list.count - 1 : LIVE_NONE;
}

static void give_place(struct living *living, uint32_t place)
{
	living->list.items[place].next = living->free;
	living->free = place;
}

/* Takes it out of those at its address. */
static void bury(struct living *living, struct live *live)
{
	uint32_t place = (uint32_t)(live - living->list.items);
	uint32_t *link = map_find(&living->at, live->address), *of;

	while (link && *link != LIVE_NONE && *link != place)
		link = &living->list.items[*link].next;
	if (link && *link == place)
		*link = live->next;
	of = map_find(&living->of, live->instance);
	if (of)
		*of = LIVE_NONE;
	give_place(living, place);
}

/* NULL where there can be no more. */
static struct live *add_live(struct living *living, uint64_t address, uint32_t class)
{
	struct receivers *receivers = living->receivers;
	uint32_t place, instance;

	if (living->heap == UINT32_MAX)
		living->heap = places_add_heap(receivers->places, UINT32_MAX);
	if (living->heap == UINT32_MAX)
		return NULL;
	instance = places_add_instance(
		receivers->places, living->heap, receivers->classes.items[class].text);
	place = instance == INSTANCE_NONE ? LIVE_NONE : take_place(living);
	if (place == LIVE_NONE)
		return NULL;
	living->list.items[place] = (struct live){.address = address,
		.instance = instance,
		.class = class,
		.next = first_at(living, address)};
	if (map_set(&living->at, address, place) && map_set(&living->of, instance, place))
		return &living->list.items[place];
	bury(living, &living->list.items[place]);
	return NULL;
}

/* --- Which object is meant --- */

/* What is at the beginning of an object of a class, a base of it or what it is a base of, is the
 * same object. */
static struct live *find_at(const struct living *living, uint64_t address, uint32_t class)
{
	const struct receivers *receivers = living->receivers;
	struct live *live = live_at(living, first_at(living, address));

	for (int i = 0; live && i < CHAIN_MAX; i++, live = live_at(living, live->next))
		if (receivers_begins_with(receivers, live->class, class) ||
			receivers_begins_with(receivers, class, live->class))
			return live;
	return NULL;
}

/* One that the class is a base of, further in. */
static struct live *find_around(const struct living *living, uint64_t address, uint32_t class)
{
	const struct class_relations *around = &living->receivers->classes.items[class].around;

	for (size_t i = 0; i < around->count; i++) {
		const struct class_relation *outer = &around->items[i];
		struct live *live;

		if (outer->is_virtual || !outer->offset || outer->offset > address)
			continue;
		live = live_at(living, first_at(living, address - outer->offset));
		for (int j = 0; live && j < CHAIN_MAX; j++, live = live_at(living, live->next))
			if (live->class == outer->class)
				return live;
	}
	return NULL;
}

/* The object whose constructor or destructor is the innermost call, if the class is a virtual
 * base of its and the address lies in it. */
static struct live *find_virtual(const struct living *living, const struct shadow_stack *shadow,
	uint64_t address, uint32_t class)
{
	const struct shadow_frame *top = shadow_top(shadow);
	uint32_t instance = top ? shadow_instance(shadow, top) : INSTANCE_NONE;
	struct live *live = instance == INSTANCE_NONE ? NULL : live_of(living, instance);
	uint64_t size = live ? living->receivers->classes.items[live->class].size : 0;

	if (!live || (!live->building && !live->ending) || address < live->address ||
		address - live->address >= size)
		return NULL;
	return live->class != class && receivers_has_base(living->receivers, live->class, class)
		       ? live
		       : NULL;
}

static void set_class(struct living *living, struct live *live, uint32_t class)
{
	const struct receivers *receivers = living->receivers;

	live->class = class;
	receivers->places->instances.list.items[live->instance].class =
		receivers->classes.items[class].text;
}

/* Each vtable is looked up once. */
static const struct vtable *look_up_vtable(struct living *living, uint64_t address)
{
	uint32_t known = map_get(&living->vtable_of, address);
	struct vtable *new;
	char *name;

	if (known != MAP_NONE)
		return &living->vtables.items[known];
	new = vec_append(&living->vtables);
	if (!new)
		return NULL;
	*new = (struct vtable){.class = CLASS_NONE};
	name = living->vtable(living->locator, target_address(address), &new->to_top);
	if (name)
		new->class = receivers_class(living->receivers, name);
	free(name);
	if (!map_set(&living->vtable_of, address, (uint32_t)living->vtables.count - 1))
		new->class = CLASS_NONE;
	return new;
}

/* NULL where the object has no vtable. */
static const struct vtable *read_vtable(
	struct living *living, const struct method *method, uint64_t address)
{
	const struct vtable *vtable;
	uint64_t pointer;

	if (living->receivers->classes.items[method->class].vtable == CLASS_VTABLE_NONE ||
		target_read_some(living->memory, target_address(address), &pointer,
			sizeof pointer) != sizeof pointer ||
		pointer < LEAST_ADDRESS || pointer % sizeof pointer)
		return NULL;
	vtable = look_up_vtable(living, pointer);
	return vtable && vtable->class != CLASS_NONE ? vtable : NULL;
}

/* A constructor begins an object, or goes on with one that is being constructed. */
static struct live *find_constructed(
	struct living *living, const struct shadow_stack *shadow, uint64_t address, uint32_t class)
{
	struct live *live = find_at(living, address, class);

	if (live && !live->building) {
		bury(living, live);
		live = NULL;
	}
	if (!live)
		live = find_around(living, address, class);
	if (live && !live->building)
		live = NULL;
	if (!live)
		live = find_virtual(living, shadow, address, class);
	return live ? live : add_live(living, address, class);
}

/* By its vtable, which says more than the function's own class. */
static struct live *find_dynamic(struct living *living, uint64_t address,
	const struct vtable *vtable, const struct method *method)
{
	const struct receivers *receivers = living->receivers;
	uint64_t top = address + (uint64_t)vtable->to_top;
	struct live *live = find_at(living, top, vtable->class);

	/* Of a class that nothing else is known of, what was at this address was a part. */
	if (!live && (live = find_at(living, top, method->class)) && live->is_settled &&
		!live->building && !live->ending &&
		!receivers_has_base(receivers, live->class, vtable->class)) {
		bury(living, live);
		live = NULL;
	}
	if (!live)
		live = add_live(living, top, vtable->class);
	if (!live || live->building || live->ending || live->is_dying)
		return live;
	if (!receivers_has_base(receivers, live->class, vtable->class))
		set_class(living, live, vtable->class);
	live->is_settled = true;
	return live;
}

static struct live *find_static(
	struct living *living, const struct shadow_stack *shadow, uint64_t address, uint32_t class)
{
	struct live *live = find_at(living, address, class);

	if (!live)
		live = find_around(living, address, class);
	if (!live)
		live = find_virtual(living, shadow, address, class);
	if (!live)
		return add_live(living, address, class);
	if (!live->is_settled && live->class != class &&
		receivers_begins_with(living->receivers, class, live->class))
		set_class(living, live, class);
	return live;
}

static struct live *find_one(struct living *living, const struct shadow_stack *shadow,
	const struct method *method, uint64_t address)
{
	const struct vtable *vtable;

	if (method->role == RECEIVER_CONSTRUCTOR)
		return find_constructed(living, shadow, address, method->class);
	vtable = read_vtable(living, method, address);
	if (!vtable && method->is_thunk)
		return NULL;
	return vtable ? find_dynamic(living, address, vtable, method)
		      : find_static(living, shadow, address, method->class);
}

/* What is called on one whose bases are gone is called on another. */
static struct live *find(struct living *living, const struct shadow_stack *shadow,
	const struct method *method, uint64_t address)
{
	struct live *live = find_one(living, shadow, method, address);

	if (!live || !live->is_dying || live->ending || method->role == RECEIVER_DESTRUCTOR)
		return live;
	bury(living, live);
	return find_one(living, shadow, method, address);
}

/* --- Objects on stacks --- */

/* Between the slot of the call and that of the outermost one under way. */
static void note_on_stack(struct on_stack *stack, const struct shadow_stack *shadow,
	const struct live *live, struct target_address slot)
{
	struct stack_object *new;

	if (!shadow->frames.count || live->address < slot.value ||
		live->address >= shadow->frames.items[0].slot.value ||
		live->address - slot.value > STACK_MAX)
		return;
	new = vec_append(&stack->list);
	if (!new)
		return;
	*new = (struct stack_object){live->address, live->instance};
	if (stack->list.count == 1 || live->address < stack->lowest)
		stack->lowest = live->address;
}

void living_leave_frame(struct living *living, struct on_stack *stack, struct target_address slot)
{
	size_t kept = 0;

	if (!stack->list.count || stack->lowest >= slot.value)
		return;
	stack->lowest = UINT64_MAX;
	for (size_t i = 0; i < stack->list.count; i++) {
		struct stack_object object = stack->list.items[i];
		struct live *live = live_of(living, object.instance);

		if (live && object.address < slot.value && !live->building && !live->ending) {
			bury(living, live);
		} else if (live) {
			stack->list.items[kept++] = object;
			stack->lowest =
				object.address < stack->lowest ? object.address : stack->lowest;
		}
	}
	stack->list.count = kept;
}

/* --- Names --- */

/*
 * While it is being constructed an object has no name yet, and in C what a first function is given
 * may be anything: a name is read once that is over, and as long as there is none.
 */
static void try_name(
	struct living *living, const struct method *method, struct live *live, uint64_t address)
{
	struct places *places = living->receivers->places;
	char *name;

	if (method->name.kind == NAME_NONE || live->is_named || live->building ||
		live->tries == NAME_TRIES || (method->is_new && !live->calls))
		return;
	live->tries++;
	living->reads++;
	name = name_read(&method->name, living->memory, target_address(address));
	if (!name)
		return;
	places->instances.list.items[live->instance].name = places_text(places, name);
	live->is_named = true;
	free(name);
}

/* --- Calls --- */

static uint64_t argument_of(const struct method *method, const struct registers *registers)
{
	if (!method->is_dwarf_register)
		return arch->argument(registers, method->argument);
	return method->argument < arch->dwarf_registers
		       ? arch->dwarf_register(registers, method->argument)
		       : 0;
}

uint32_t living_find(struct living *living, const struct shadow_stack *shadow,
	struct on_stack *stack, uint32_t function, const struct registers *registers,
	struct target_address slot)
{
	const struct method *method = receivers_method(living->receivers, function);
	uint64_t address = method ? argument_of(method, registers) : 0;
	uint32_t count = (uint32_t)living->receivers->places->instances.list.count;
	struct live *live;

	if (address < LEAST_ADDRESS || shadow->profile->sites_over)
		return INSTANCE_NONE;
	live = find(living, shadow, method, address);
	if (!live)
		return INSTANCE_NONE;
	if (live->instance >= count)
		note_on_stack(stack, shadow, live, slot);
	if (method->role != RECEIVER_CONSTRUCTOR)
		try_name(living, method, live, address);
	return live->instance;
}

void living_begin(struct living *living, uint32_t function, uint32_t instance)
{
	const struct method *method = receivers_method(living->receivers, function);
	struct live *live = live_of(living, instance);

	if (!method || !live)
		return;
	live->building += method->role == RECEIVER_CONSTRUCTOR;
	live->ending += method->role == RECEIVER_DESTRUCTOR;
}

void living_end(struct living *living, uint32_t function, uint32_t instance)
{
	const struct method *method = receivers_method(living->receivers, function);
	struct live *live = live_of(living, instance);

	if (!method || !live)
		return;
	live->calls += live->calls < NAME_TRIES;
	if (method->role == RECEIVER_CONSTRUCTOR && live->building)
		live->building--;
	if (method->role != RECEIVER_DESTRUCTOR) {
		/* The class of a base has its own place in the object, which is not known here. */
		if (method->class == live->class)
			try_name(living, method, live, live->address);
		return;
	}
	if (!live->ending || --live->ending)
		return;
	live->is_dying = true;
	if (method->class == live->class)
		bury(living, live);
}

bool living_needs(const struct living *living, uint32_t function)
{
	const struct method *method =
		living->receivers ? receivers_method(living->receivers, function) : NULL;

	return method && method->role != RECEIVER_METHOD;
}
