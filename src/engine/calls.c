/* The breakpoints engine. */
#include "engine/calls.h"

#include <stdlib.h>

#define SITE_UNKNOWN (SITE_NONE - 1)

/* Code of a function that is looked through for jumps; a longer one may have any. */
#define CODE_MAX (UINT64_C(1) << 20)

void calls_init(struct calls *calls, struct profile *profile, struct breakpoints *breakpoints,
	uint64_t max_hits)
{
	*calls = (struct calls){
		.profile = profile, .breakpoints = breakpoints, .max_hits = max_hits};
	living_init(&calls->living, breakpoints->memory);
}

void calls_deinit(struct calls *calls)
{
	vec_deinit(&calls->watched);
	vec_deinit(&calls->sites);
	living_deinit(&calls->living);
}

struct ptmem_error *calls_watch(
	struct calls *calls, uint32_t location, struct target_address address, uint64_t size)
{
	struct watched *watched;
	struct ptmem_error *error;

	while (calls->watched.count <= location) {
		watched = vec_append(&calls->watched);
		if (!watched)
			return &error_no_memory;
		*watched = (struct watched){.breakpoint = BREAKPOINT_NONE};
	}
	error = breakpoint_add_entry(calls->breakpoints, address, location);
	if (error)
		return error;
	watched = &calls->watched.items[location];
	watched->address = address;
	watched->size = size;
	watched->breakpoint = breakpoint_find(calls->breakpoints, address);
	watched->jump_out = JUMP_OUT_UNKNOWN;
	watched->idle = 0;
	return NULL;
}

bool calls_copy(struct calls *calls, const struct calls *from)
{
	if (!vec_copy(&calls->watched, &from->watched) || !vec_copy(&calls->sites, &from->sites))
		return false;
	if (!living_copy(&calls->living, &from->living))
		return false;
	calls->start = from->start;
	for (size_t i = 0; i < calls->watched.count; i++) {
		struct watched *watched = &calls->watched.items[i];

		watched->calls = watched->idle = 0;
		watched->released = false;
	}
	return true;
}

bool calls_is_watched(const struct calls *calls, uint32_t location)
{
	return location < calls->watched.count &&
	       calls->watched.items[location].breakpoint != BREAKPOINT_NONE;
}

bool calls_was_watched(const struct calls *calls, uint32_t location)
{
	return location < calls->watched.count && calls->watched.items[location].address.value;
}

void calls_forget(struct calls *calls)
{
	for (size_t i = 0; i < calls->watched.count; i++)
		calls->watched.items[i].breakpoint = BREAKPOINT_NONE;
	calls->sites.count = 0;
	living_forget(&calls->living);
}

void calls_forget_range(struct calls *calls, uint64_t start, uint64_t end)
{
	living_forget_vtables(&calls->living);
	for (size_t i = 0; i < calls->watched.count; i++) {
		struct watched *watched = &calls->watched.items[i];

		if (watched->address.value >= start && watched->address.value < end)
			watched->breakpoint = BREAKPOINT_NONE;
	}
	for (uint32_t i = 0; i < calls->sites.count; i++) {
		uint64_t address = breakpoint_at(calls->breakpoints, i)->address.value;

		if (address >= start && address < end)
			calls->sites.items[i] = SITE_UNKNOWN;
	}
}

/* A call is over; a function whose calls keep changing nothing is let go. */
static void calls_judge(struct calls *calls, const struct shadow_call *call)
{
	struct watched *watched = &calls->watched.items[call->location];

	/* Without a breakpoint, there is nothing to let go. */
	if (call->location >= calls->watched.count)
		return;
	if (!amounts_are_zero(&call->total, calls->profile->columns)) {
		watched->idle = 0;
		return;
	}
	if (++watched->idle != calls->max_hits || watched->breakpoint == BREAKPOINT_NONE ||
		watched->kept || living_needs(&calls->living, call->location))
		return;
	watched->released = true;
	breakpoint_drop_entry(calls->breakpoints, watched->breakpoint);
	watched->breakpoint = BREAKPOINT_NONE;
}

void calls_leave(struct calls *calls, struct task *task)
{
	const struct shadow_frame *top = shadow_top(&task->shadow);
	uint32_t instance = shadow_instance(&task->shadow, top);
	struct target_address slot = top->slot;
	struct shadow_call call = shadow_leave(&task->shadow);

	if (calls->observer)
		calls->observer->left(calls->observer->context, task);
	if (instance != INSTANCE_NONE)
		living_end(&calls->living, call.location, instance);
	if (calls->living.receivers)
		living_leave_frame(&calls->living, &task->objects, slot);
	if (call.site != SHADOW_NO_SITE)
		breakpoint_forget_return(calls->breakpoints, call.site);
	calls_judge(calls, &call);
}

void calls_end(struct calls *calls, struct task *task)
{
	while (shadow_top(&task->shadow))
		calls_leave(calls, task);
}

static bool in_known_stack(const struct task *task, struct target_address address)
{
	return address.value >= task->stack_start && address.value < task->stack_end;
}

/*
 * Whether two addresses lie on one stack. Asked only where frames would be taken for dead:
 * a handler on an alternate stack, or a coroutine, has its frames elsewhere, and whether
 * those lie above or below says nothing.
 */
bool calls_on_one_stack(const struct calls *calls, struct task *task, struct target_address a,
	struct target_address b)
{
	struct maps *maps = &calls->breakpoints->maps;
	const struct mapping *mapping;

	if (in_known_stack(task, a) && in_known_stack(task, b))
		return true;
	mapping = maps_at(maps, a);
	if (!mapping || mapping != maps_at(maps, b)) {
		error_free(maps_read(calls->breakpoints->memory->pid, maps));
		mapping = maps_at(maps, a);
		if (!mapping || mapping != maps_at(maps, b))
			return false;
	}
	task->stack_start = mapping->start;
	task->stack_end = mapping->end;
	return true;
}

void calls_keep(struct calls *calls, uint32_t location)
{
	if (location < calls->watched.count)
		calls->watched.items[location].kept = true;
}

bool calls_is_kept(const struct calls *calls, uint32_t location)
{
	return location < calls->watched.count && calls->watched.items[location].kept;
}

void calls_drop_dead(struct calls *calls, struct task *task, struct target_address slot)
{
	const struct shadow_frame *top;

	while ((top = shadow_top(&task->shadow)) && top->slot.value < slot.value &&
		calls_on_one_stack(calls, task, top->slot, slot))
		calls_leave(calls, task);
}

static bool may_jump_out(struct calls *calls, uint32_t location)
{
	struct watched *watched = &calls->watched.items[location];
	uint8_t *code;
	size_t size;

	if (watched->jump_out != JUMP_OUT_UNKNOWN)
		return watched->jump_out == JUMP_OUT_POSSIBLE;
	watched->jump_out = JUMP_OUT_POSSIBLE;
	code = watched->size && watched->size <= CODE_MAX ? malloc(watched->size) : NULL;
	if (!code)
		return true;
	size = breakpoints_read_code(calls->breakpoints, watched->address, code, watched->size);
	if (size == watched->size && !arch->may_jump_out(code, size, watched->address))
		watched->jump_out = JUMP_OUT_IMPOSSIBLE;
	free(code);
	return watched->jump_out == JUMP_OUT_POSSIBLE;
}

/*
 * A function begins on the frame of the innermost call. With the same return address it is
 * a tail call: its caller stays, as what it was called from; a chain that comes round to a
 * function in it begins anew there, so that it stays as short as it has functions. Else the
 * frame was left without a return, and its slot is used again.
 */
static void calls_share_slot(
	struct calls *calls, struct task *task, uint32_t location, uint32_t site)
{
	const struct shadow_frame *top = shadow_top(&task->shadow);
	struct target_address slot = top->slot;
	uint32_t keep = 0;

	if (top->site == site && may_jump_out(calls, shadow_location(&task->shadow, top))) {
		keep = shadow_find_in_chain(&task->shadow, location);
		if (keep == UINT32_MAX)
			return;
	}
	while (task->shadow.frames.count > keep &&
		shadow_top(&task->shadow)->slot.value == slot.value)
		calls_leave(calls, task);
}

/* The word in a slot; a stack that cannot be read returns nowhere. */
static struct ptmem_error *read_slot(
	const struct calls *calls, struct target_address slot, struct target_address *back)
{
	struct ptmem_error *error =
		target_read(calls->breakpoints->memory, slot, &back->value, sizeof back->value);

	if (!error || error_is(error, ERROR_GONE))
		return error;
	error_free(error);
	*back = target_address(0);
	return NULL;
}

/* Where the program begins, nothing is returned to. */
static void calls_note_uncaught(struct calls *calls, uint32_t location, uint32_t site)
{
	uint64_t address = calls_was_watched(calls, location)
				   ? calls->watched.items[location].address.value
				   : 0;

	calls->uncaught += site == BREAKPOINT_NONE && address != calls->start.value;
}

/* The call lies before the address that it returns to. What is there may be known later. */
static uint32_t calls_find_site(const struct calls *calls, uint32_t breakpoint)
{
	struct target_address back = breakpoint_at(calls->breakpoints, breakpoint)->address;
	struct file_address offset;
	uint32_t module;

	if (!calls->locate ||
		!calls->locate(calls->locator, address_plus(back, -1), &module, &offset))
		return SITE_UNKNOWN;
	return places_site(calls->profile->places, module, offset.value);
}

/* Where calls that return to this breakpoint come from; looked up when it is first asked for. */
static uint32_t calls_site(struct calls *calls, uint32_t breakpoint)
{
	while (calls->sites.count <= breakpoint) {
		uint32_t *site = vec_append(&calls->sites);

		if (!site)
			return SITE_NONE;
		*site = SITE_UNKNOWN;
	}
	if (calls->sites.items[breakpoint] == SITE_UNKNOWN)
		calls->sites.items[breakpoint] = calls_find_site(calls, breakpoint);
	return calls->sites.items[breakpoint] == SITE_UNKNOWN ? SITE_NONE
							      : calls->sites.items[breakpoint];
}

/* What a call begins as. A tail call comes from where nobody returns to. */
static uint32_t calls_location(struct calls *calls, const struct task *task, uint32_t location,
	struct target_address slot, uint32_t site)
{
	const struct shadow_frame *top = shadow_top(&task->shadow);

	if (site == BREAKPOINT_NONE || (top && top->slot.value == slot.value))
		return location;
	return shadow_call_location(&task->shadow, location, calls_site(calls, site));
}

/* A call of the function at `location` begins as `call`. */
static struct ptmem_error *calls_open(struct calls *calls, struct task *task, uint32_t location,
	uint32_t call, struct target_address slot, uint32_t site)
{
	calls->entries++;
	if (location < calls->watched.count)
		calls->watched.items[location].calls++;
	if (!shadow_enter(&task->shadow, call, slot, site))
		return &error_no_memory;
	if (calls->observer)
		calls->observer->entered(calls->observer->context, task, location);
	return NULL;
}

struct ptmem_error *calls_resume_to(struct calls *calls, struct task *task, uint32_t location,
	struct target_address slot, struct target_address back)
{
	uint32_t site;
	struct ptmem_error *error = breakpoint_expect_return(calls->breakpoints, back, &site);

	if (error)
		return error;
	calls_note_uncaught(calls, location, site);
	return calls_open(calls, task, location, calls_location(calls, task, location, slot, site),
		slot, site);
}

struct ptmem_error *calls_resume(
	struct calls *calls, struct task *task, uint32_t location, struct target_address slot)
{
	struct target_address back;
	struct ptmem_error *error = read_slot(calls, slot, &back);

	return error ? error : calls_resume_to(calls, task, location, slot, back);
}

/* On the same object: the copy of the memory has it as well. */
static struct ptmem_error *calls_inherit_one(struct calls *calls, struct task *task,
	const struct shadow_stack *from, const struct shadow_frame *frame)
{
	uint32_t location = shadow_location(from, frame), instance = shadow_instance(from, frame);
	uint32_t call = instance == INSTANCE_NONE
				? calls_location(calls, task, location, frame->slot, frame->site)
				: shadow_method_location(&task->shadow, location, instance);

	return calls_open(calls, task, location, call, frame->slot, frame->site);
}

struct ptmem_error *calls_inherit(
	struct calls *calls, struct task *task, const struct shadow_stack *from)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < from->frames.count; i++) {
		const struct shadow_frame *frame = &from->frames.items[i];

		if (frame->site != SHADOW_NO_SITE)
			breakpoint_at(calls->breakpoints, frame->site)->returns++;
		error = calls_inherit_one(calls, task, from, frame);
	}
	return error;
}

/* A call that has just begun, on the object that its registers tell. */
static struct ptmem_error *calls_open_here(struct calls *calls, struct task *task,
	uint32_t location, const struct registers *registers, struct target_address slot,
	uint32_t site)
{
	struct living *living = &calls->living;
	uint32_t instance = INSTANCE_NONE, call;
	struct ptmem_error *error;

	if (living->receivers)
		instance = living_find(
			living, &task->shadow, &task->objects, location, registers, slot);
	call = instance == INSTANCE_NONE
		       ? calls_location(calls, task, location, slot, site)
		       : shadow_method_location(&task->shadow, location, instance);
	error = calls_open(calls, task, location, call, slot, site);
	if (!error && instance != INSTANCE_NONE &&
		shadow_instance(&task->shadow, shadow_top(&task->shadow)) == instance)
		living_begin(living, location, instance);
	return error;
}

static struct ptmem_error *calls_enter(struct calls *calls, struct task *task, uint32_t index,
	const struct registers *registers, struct target_address slot)
{
	uint32_t location = breakpoint_at(calls->breakpoints, index)->entry;
	const struct shadow_frame *top;
	struct target_address back;
	uint32_t site;
	struct ptmem_error *error = read_slot(calls, slot, &back);

	if (error)
		return error;
	calls_drop_dead(calls, task, slot);
	/* Of an object that is loaded twice, a function has two entries. */
	if (!calls_is_watched(calls, location)) {
		breakpoint_drop_entry(calls->breakpoints, index);
		return NULL;
	}
	error = breakpoint_expect_return(calls->breakpoints, back, &site);
	if (error)
		return error;
	top = shadow_top(&task->shadow);
	if (top && top->slot.value == slot.value)
		calls_share_slot(calls, task, location, site);
	calls_note_uncaught(calls, location, site);
	return calls_open_here(calls, task, location, registers, slot, site);
}

/* How many frames a return to this slot ends: those up to and with the one that has it. 0
 * where none of the innermost is it. */
static size_t calls_find_return(
	const struct calls *calls, struct task *task, uint32_t site, struct target_address slot)
{
	const struct shadow_frame *frames = task->shadow.frames.items;
	size_t count = task->shadow.frames.count, i = count;

	while (i-- > 0) {
		if (frames[i].slot.value == slot.value && frames[i].site == site)
			break;
		if (frames[i].slot.value > slot.value &&
			calls_on_one_stack(calls, task, frames[i].slot, slot))
			return 0;
	}
	if (i == SIZE_MAX)
		return 0;
	while (i && frames[i - 1].slot.value == slot.value)
		i--;
	return count - i;
}

static void calls_return(
	struct calls *calls, struct task *task, uint32_t site, struct target_address slot)
{
	size_t ended = calls_find_return(calls, task, site, slot);

	if (!ended) {
		calls_drop_dead(calls, task, slot);
		breakpoint_stray(calls->breakpoints, site);
		return;
	}
	while (ended--)
		calls_leave(calls, task);
}

bool calls_is_again(const struct task *task, uint32_t index, const struct registers *registers)
{
	return task->again == index && task->again_slot.value == arch->entry_slot(registers).value;
}

struct ptmem_error *calls_stop(
	struct calls *calls, struct task *task, uint32_t index, const struct registers *registers)
{
	const struct breakpoint *breakpoint = breakpoint_at(calls->breakpoints, index);
	struct target_address entered = arch->entry_slot(registers);
	struct target_address returned = arch->return_slot(registers);
	bool again = calls_is_again(task, index, registers);

	task->again = BREAKPOINT_NONE;
	if (again)
		return NULL;
	if (breakpoint->entry != BREAKPOINT_NONE &&
		!(breakpoint->returns && calls_find_return(calls, task, index, returned)))
		return calls_enter(calls, task, index, registers, entered);
	calls_return(calls, task, index, returned);
	return NULL;
}

uint64_t calls_released(const struct calls *calls, uint32_t *hottest, uint64_t *most)
{
	uint64_t released = 0;

	*hottest = UINT32_MAX;
	*most = 0;
	for (size_t i = 0; i < calls->watched.count; i++) {
		const struct watched *watched = &calls->watched.items[i];

		if (!watched->released)
			continue;
		released++;
		if (watched->calls > *most) {
			*most = watched->calls;
			*hottest = (uint32_t)i;
		}
	}
	return released;
}
