/* Brings the shadow stack of a thread to what is on its real one. */
#include "engine/frames.h"

/* What is read at once of a stack: all of what has changed, mostly. */
#define STACK_READ 2048

/* What a frame returns to, which is where the next one out goes on. */
static struct target_address back_of(const struct sampled_stack *stack, size_t frame)
{
	return target_address(frame ? stack->items[frame - 1].pc : 0);
}

/* A frame whose return has no breakpoint is known by its slot alone. */
static bool is_same(const struct process *process, const struct sampled_stack *stack, size_t frame,
	const struct shadow_frame *call)
{
	if (stack->items[frame].slot != call->slot.value)
		return false;
	return call->site == SHADOW_NO_SITE ||
	       breakpoint_at(&process->breakpoints, call->site)->address.value ==
		       back_of(stack, frame).value;
}

/* From inside out: slots ascend on the stack, and down the shadow stack, so both are gone over
 * once. */
static struct frames_found find_known(const struct process *process, const struct task *task)
{
	const struct shadow_frame *calls = task->shadow.frames.items;
	size_t depth = task->shadow.frames.count;

	for (size_t i = task->stack.count; depth && i-- > 0;) {
		while (depth && task->stack.items[i].slot &&
			calls[depth - 1].slot.value < task->stack.items[i].slot)
			depth--;
		if (depth && is_same(process, &task->stack, i, &calls[depth - 1]))
			return (struct frames_found){i, depth};
	}
	return (struct frames_found){FRAMES_NONE, 0};
}

/* Where stacks take turns, what is known may lie below others' calls: the innermost on this one. */
static struct frames_found find_below(
	const struct process *process, struct task *task, struct target_address stack)
{
	const struct shadow_frame *calls = task->shadow.frames.items;
	size_t depth = task->shadow.frames.count;

	while (depth && !calls_on_one_stack(&process->calls, task, calls[depth - 1].slot, stack))
		depth--;
	for (size_t i = task->stack.count; depth && i-- > 0;)
		if (is_same(process, &task->stack, i, &calls[depth - 1]))
			return (struct frames_found){i, depth};
	return (struct frames_found){FRAMES_NONE, 0};
}

/* How far the stack was seen: what lies further out may still be there. */
static uint64_t seen_until(const struct sampled_stack *stack, uint64_t stack_pointer)
{
	if (stack->complete)
		return UINT64_MAX;
	for (size_t i = 0; i < stack->count; i++)
		if (stack->items[i].slot)
			return stack->items[i].slot;
	return stack_pointer;
}

static void drop_dead(
	struct process *process, struct task *task, struct target_address stack, size_t depth)
{
	uint64_t seen = seen_until(&task->stack, stack.value);
	const struct shadow_frame *top;

	while ((top = shadow_top(&task->shadow)) && task->shadow.frames.count > depth &&
		top->slot.value < seen &&
		calls_on_one_stack(&process->calls, task, top->slot, stack))
		calls_leave(&process->calls, task);
}

struct ptmem_error *frames_look(struct process *process, struct task *task,
	const struct registers *registers, struct frames_found *found)
{
	struct target_address stack = arch->stack_pointer(registers);
	uint8_t bytes[STACK_READ];
	struct stack_sample sample = {.registers = registers,
		.stack = bytes,
		.stack_size = target_read_some(&process->memory, stack, bytes, sizeof bytes),
		.stopped = true};
	struct ptmem_error *error =
		sampled_unwind(process->sampled_unwinder, &sample, &task->stack);

	if (error)
		return error;
	*found = find_known(process, task);
	drop_dead(process, task, stack, found->depth);
	if (found->known == FRAMES_NONE)
		*found = find_below(process, task, stack);
	return NULL;
}

/* What a frame is in. */
static struct ptmem_error *locate(
	struct process *process, const struct task *task, size_t i, struct code_place *place)
{
	const struct sampled_frame *frame = &task->stack.items[i];
	/* The return address of a call at a function's end is the next function's. */
	bool is_after_call = i + 1 < task->stack.count && !frame->interrupted;

	return code_at(&process->code, &process->objects, process->images,
		       target_address(frame->pc - is_after_call), place)
		       ? NULL
		       : &error_no_memory;
}

static struct ptmem_error *open_frame(struct process *process, struct task *task, size_t i)
{
	struct target_address slot = target_address(task->stack.items[i].slot);
	struct code_place place;
	struct ptmem_error *error = slot.value ? locate(process, task, i, &place) : NULL;

	if (error || !slot.value || place.function == CODE_UNWATCHED)
		return error;
	error = calls_resume_to(
		&process->calls, task, place.function, slot, back_of(&task->stack, i));
	if (!error)
		shadow_at(&task->shadow, place.site, false);
	return error;
}

/*
 * Another function may run on a known frame: by a tail call, its caller stays as what it was called
 * from. A chain of those that has come round goes back to where it was there before.
 */
static struct ptmem_error *take_over(struct process *process, struct task *task, size_t i)
{
	struct code_place place;
	uint32_t depth;
	struct ptmem_error *error = locate(process, task, i, &place);

	if (error || place.function == CODE_UNWATCHED)
		return error;
	depth = shadow_find_in_chain(&task->shadow, place.function);
	if (depth == UINT32_MAX)
		return open_frame(process, task, i);
	while (task->shadow.frames.count > depth + 1)
		calls_leave(&process->calls, task);
	shadow_at(&task->shadow, place.site, false);
	return NULL;
}

struct ptmem_error *frames_open(
	struct process *process, struct task *task, const struct frames_found *found)
{
	struct ptmem_error *error = NULL;
	bool is_top = found->known != FRAMES_NONE && task->shadow.frames.count == found->depth;

	if (is_top)
		error = take_over(process, task, found->known);
	/* FRAMES_NONE + 1 is 0. */
	for (size_t i = found->known + 1; !error && i < task->stack.count; i++)
		error = open_frame(process, task, i);
	return error;
}
