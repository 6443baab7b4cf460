/* Brings the shadow stack of a thread to what is on its real one. */
#include "engine/frames.h"

/* An unwinding, and how far up the shadow stack it has come. */
struct look {
	const struct process *process;
	const struct shadow_stack *shadow;
	size_t depth;
	struct target_address back;
};

/* A frame whose return has no breakpoint is known by its slot alone. */
static bool returns_to(
	const struct process *process, const struct shadow_frame *frame, struct target_address back)
{
	return frame->site == SHADOW_NO_SITE ||
	       breakpoint_at(&process->breakpoints, frame->site)->address.value == back.value;
}

/* Slots ascend as unwinding goes on, and down the shadow stack. */
static bool is_known(void *owner, const struct unwound_frame *frame, struct target_address back)
{
	struct look *look = owner;
	const struct shadow_frame *frames = look->shadow->frames.items;

	while (look->depth && frames[look->depth - 1].slot.value < frame->slot.value)
		look->depth--;
	look->back = back;
	return look->depth && frames[look->depth - 1].slot.value == frame->slot.value &&
	       returns_to(look->process, &frames[look->depth - 1], back);
}

/* Where stacks take turns, what is known may lie below others' calls: the innermost on this one. */
static void find_known(struct process *process, struct task *task, struct target_address stack,
	struct frames_found *found)
{
	const struct shadow_frame *frames = task->shadow.frames.items;
	struct unwound *unwound = &process->frames;
	size_t depth = task->shadow.frames.count;

	while (depth && !calls_on_one_stack(&process->calls, task, frames[depth - 1].slot, stack))
		depth--;
	for (size_t i = 0; depth && i + 1 < unwound->count; i++) {
		struct target_address back = unwound->items[i + 1].pc;

		if (unwound->items[i].slot.value != frames[depth - 1].slot.value ||
			!returns_to(process, &frames[depth - 1], back))
			continue;
		*found = (struct frames_found){true, depth, back};
		unwound->count = i + 1;
		return;
	}
}

/* How far the stack was seen: what lies further out may still be there. */
static struct target_address seen_until(
	const struct unwound *frames, struct target_address stack, bool complete)
{
	struct target_address seen = stack;

	if (complete)
		return target_address(UINT64_MAX);
	for (size_t i = 0; i < frames->count; i++)
		if (frames->items[i].slot.value)
			seen = frames->items[i].slot;
	return seen;
}

static void drop_dead(struct process *process, struct task *task, struct target_address stack,
	struct target_address seen, size_t depth)
{
	const struct shadow_frame *top;

	while ((top = shadow_top(&task->shadow)) && task->shadow.frames.count > depth &&
		top->slot.value < seen.value &&
		calls_on_one_stack(&process->calls, task, top->slot, stack))
		calls_leave(&process->calls, task);
}

struct ptmem_error *frames_look(struct process *process, struct task *task,
	const struct registers *registers, struct frames_found *found)
{
	struct look look = {process, &task->shadow, task->shadow.frames.count, {0}};
	struct target_address stack = arch->stack_pointer(registers);
	bool complete = false;
	struct ptmem_error *error = process_make_unwinder(process);

	*found = (struct frames_found){0};
	if (!error)
		error = unwind_thread_until(process->unwinder, registers, is_known, &look,
			&process->frames, &complete, &found->known);
	if (error)
		return error;
	if (found->known)
		*found = (struct frames_found){true, look.depth, look.back};
	drop_dead(
		process, task, stack, seen_until(&process->frames, stack, complete), found->depth);
	if (!found->known)
		find_known(process, task, stack, found);
	return NULL;
}

/* The location of the watched function that a frame is in, or CODE_UNWATCHED. */
static struct ptmem_error *locate(
	struct process *process, const struct images *images, size_t i, uint32_t *function)
{
	const struct unwound_frame *frame = &process->frames.items[i];
	/* The return address of a call at a function's end is the next function's. */
	bool is_after_call = i && !frame->interrupted;
	struct code_place place;

	if (!code_at(&process->code, &process->objects, images,
		    address_plus(frame->pc, -is_after_call), &place))
		return &error_no_memory;
	*function = place.function;
	return NULL;
}

/*
 * Another function runs on a known frame: by a tail call, its caller stays as what it was called
 * from. A chain of those that has come round goes back to where it was there before.
 */
static struct ptmem_error *take_over(
	struct process *process, struct task *task, uint32_t function, struct target_address back)
{
	const struct shadow_frame *top = shadow_top(&task->shadow);
	uint32_t depth = shadow_find_in_chain(&task->shadow, function);

	if (depth == UINT32_MAX)
		return calls_resume_to(&process->calls, task, function, top->slot, back);
	while (task->shadow.frames.count > depth + 1)
		calls_leave(&process->calls, task);
	return NULL;
}

struct ptmem_error *frames_open(struct process *process, struct task *task,
	const struct images *images, const struct frames_found *found)
{
	const struct unwound *frames = &process->frames;
	struct ptmem_error *error = NULL;
	size_t i = frames->count;
	uint32_t function;

	if (found->known) {
		error = locate(process, images, --i, &function);
		if (!error && function != CODE_UNWATCHED &&
			task->shadow.frames.count == found->depth)
			error = take_over(process, task, function, found->back);
	}
	while (!error && i-- > 0) {
		const struct unwound_frame *frame = &frames->items[i];

		error = frame->slot.value ? locate(process, images, i, &function) : NULL;
		if (!error && frame->slot.value && function != CODE_UNWATCHED)
			error = calls_resume_to(&process->calls, task, function, frame->slot,
				frames->items[i + 1].pc);
	}
	return error;
}
