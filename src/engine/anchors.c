/*
 * Samples of less than the whole stack. What lies beyond the copy is taken to be what it was: it is
 * as long as a frame within reach does not return, which is stopped at, and is not left by a jump,
 * which is stopped at as well. See engine/anchor.h.
 *
 * A frame is chosen by samples, and taken where its thread stands still: what is on the stack is
 * known then to its end. When it is doubted, samples are of the whole stack from that moment on; it
 * is given up where the thread stands still as well.
 */
#include "engine/session_internal.h"

#include "target/ptrace.h"

/* Where so many other frames have returned to the same place, the stops cost too much. */
#define STRAYS_MAX 8

/* So near is a frame to what it is chosen for: later samples may be of more stack. */
#define NEAR (SAMPLING_NEAR / 4 * 3)

/* Part of what samples have where nothing is relied on that they are enough for. */
#define ENOUGH(size) ((size) / 8 * 7)

static bool may_anchor(const struct session *session, const struct task *task)
{
	return session->sampled && session->sampling.selects && !session->leaving &&
	       task->process->armed && task->process->sampled_unwinder;
}

/* Bytes from where the stack ends to its outermost return address. */
static uint64_t extent(const struct sampled_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		if (stack->items[i].slot)
			return stack->items[i].slot - stack->stack_pointer;
	return 0;
}

/* Samples are of the whole stack again, however long the thread still runs. */
static void doubt(struct session *session, struct task *task)
{
	if (session->sampled && task->anchor.slot && !task->anchor.doubted) {
		depth_note(&session->depth, &session->sampling, extent(&task->stack));
		sampling_doubt(&session->sampling, task->anchor.slot);
	}
	task->anchor.doubted = true;
}

/* Now, where the thread stands still. */
static void drop(struct session *session, struct task *task)
{
	struct process *process = task->process;

	doubt(session, task);
	breakpoint_forget_return(&process->breakpoints, task->anchor.breakpoint);
	anchor_drop(&task->anchor);
	if (!--process->anchors)
		jumps_ignore(&process->jumps, &process->breakpoints);
}

/* The thread is running, or waiting: a system call that is interrupted may do less than was asked
 * for, as read(2) of /dev/zero does, or fail, as epoll_wait(2). */
static void stop_soon(struct session *session, const struct task *task, bool asked)
{
	if (session->sampling.brakes)
		sampling_want(&session->sampling, task->tid);
	else if (!asked)
		error_free(tracee_interrupt(task->tid));
}

static void ask_for(struct session *session, struct task *task, enum anchor_wish wish)
{
	bool asked = task->anchor.wish != ANCHOR_STAYS;

	if (wish == ANCHOR_GOES)
		doubt(session, task);
	if (task->anchor.wish != ANCHOR_GOES)
		task->anchor.wish = wish;
	stop_soon(session, task, asked);
}

void session_drop_anchor(struct session *session, struct task *task)
{
	if (task->anchor.slot)
		drop(session, task);
}

void session_doubt_anchors(struct session *session, const struct process *process)
{
	for (size_t i = 0; i < session->tasks.count; i++) {
		struct task *task = session->tasks.items[i];

		if (task->anchor.slot && (!process || task->process == process))
			ask_for(session, task, ANCHOR_GOES);
	}
}

void session_forget_anchors(struct session *session, struct process *process)
{
	for (size_t i = 0; i < session->tasks.count; i++) {
		struct task *task = session->tasks.items[i];

		if (task->process != process)
			continue;
		if (task->anchor.slot)
			doubt(session, task);
		task->anchor = (struct anchor){0};
	}
	process->anchors = 0;
}

/* Where all of the stack is near, there is nothing to gain. */
static size_t choose(const struct session *session, const struct task *task)
{
	if (sampling_stack_size(session->sampling.depth) <= SAMPLING_NEAR ||
		extent(&task->stack) <= NEAR)
		return 0;
	return anchor_choose(&task->anchor, &task->stack, NEAR);
}

static bool is_near(const struct anchor *anchor, const struct sampled_stack *stack)
{
	return anchor->slot && anchor->slot - stack->stack_pointer < SAMPLING_NEAR;
}

/* Whether samples of another depth would have enough of a stack, but those at hand do not. */
static bool is_too_little(const struct anchor *anchor, const struct sampled_stack *stack)
{
	uint64_t needed = extent(stack);

	if (anchor->slot && anchor->slot - stack->stack_pointer < needed)
		needed = anchor->slot - stack->stack_pointer;
	return needed > ENOUGH(sampling_stack_size(SAMPLING_FAR)) &&
	       needed <= sampling_stack_size(SAMPLING_MOST);
}

void session_note_sample(struct session *session, struct task *task, bool by_kernel)
{
	struct anchor *anchor = &task->anchor;
	bool far = !is_near(anchor, &task->stack);

	anchor_note(anchor, &task->stack, far);
	if (anchor->slot && !anchor_holds(anchor, &task->stack))
		ask_for(session, task, ANCHOR_GOES);
	else if (anchor->wish != ANCHOR_STAYS)
		stop_soon(session, task, true);
	if (!far)
		return;
	depth_note(&session->depth, &session->sampling, extent(&task->stack));
	if (session->sampling.relied && is_too_little(anchor, &task->stack))
		session_doubt_anchors(session, NULL);
	if (by_kernel || !anchor_is_due(anchor))
		return;
	if (may_anchor(session, task) && choose(session, task))
		ask_for(session, task, ANCHOR_MOVES);
	else
		anchor_look_anew(anchor);
}

/* The C library, what unwinds for exceptions, what switches stacks, and a program that has them in
 * itself. */
static bool may_jump(const struct loaded_object *object, const struct image *image)
{
	static const char *const names[] = {"libc.", "libc-", "ld-musl", "libgcc_s", "libunwind",
		"libc++abi", "libboost_context", NULL};

	return image->object && (object->is_program || image_is_named(image, names));
}

static struct ptmem_error *find_jumps(struct process *process)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < process->objects.count; i++) {
		struct loaded_object *object = &process->objects.items[i];
		const struct image *image = &process->images->items[object->image];

		if (!object->is_searched && may_jump(object, image))
			error = jumps_add(&process->jumps, image->object, object->bias);
		object->is_searched = true;
	}
	return error;
}

static struct ptmem_error *set(struct session *session, struct task *task, size_t frame)
{
	struct process *process = task->process;
	uint64_t slot = task->stack.items[frame].slot;
	uint32_t index = BREAKPOINT_NONE;
	struct ptmem_error *error = find_jumps(process);

	if (!error)
		error = breakpoint_expect_return(&process->breakpoints,
			target_address(task->stack.items[frame - 1].pc), &index);
	if (error || index == BREAKPOINT_NONE)
		return error;
	if (!sampling_rely(&session->sampling, slot)) {
		breakpoint_forget_return(&process->breakpoints, index);
		return NULL;
	}
	anchor_set(&task->anchor, frame, slot, index);
	process->anchors++;
	return jumps_watch(&process->jumps, &process->breakpoints);
}

/* What is on the stack now, which is no sample: when the thread stopped is chance. */
static struct ptmem_error *look_at_stack(struct task *task, const struct registers *registers)
{
	struct registers own = *registers;
	struct sampled_stack stack = {0};
	struct ptmem_error *error;

	breakpoint_leave_slot(&task->process->breakpoints, &own);
	error = session_look_at_stack(task, &own, &stack);
	if (!error)
		anchor_compare(&task->anchor, &task->stack, &stack);
	sampled_stack_deinit(&stack);
	return error;
}

struct ptmem_error *session_move_anchor(
	struct session *session, struct task *task, const struct registers *registers)
{
	struct process *process = task->process;
	enum anchor_wish wish = task->anchor.wish;
	uint64_t writes = process->breakpoints.writes;
	struct amounts reading;
	struct ptmem_error *error = NULL;
	size_t frame = 0;

	if (wish == ANCHOR_MOVES && may_anchor(session, task)) {
		error = look_at_stack(task, registers);
		frame = error ? 0 : choose(session, task);
	}
	if (wish == ANCHOR_MOVES && !frame)
		anchor_put_off(&task->anchor);
	anchor_look_anew(&task->anchor);
	if (wish == ANCHOR_GOES || frame)
		session_drop_anchor(session, task);
	if (!frame)
		return error;
	error = session_account(session, task, &reading);
	if (!error)
		error = set(session, task, frame);
	writes = process->breakpoints.writes - writes;
	return error || !writes ? error : session_own(session, task, &reading, writes);
}

/* Whose frame it was that has returned here, if that is known. */
static void meet_return(struct session *session, const struct task *task, uint32_t index,
	const struct registers *registers)
{
	uint64_t stack_pointer = arch->stack_pointer(registers).value;

	for (size_t i = 0; i < session->tasks.count; i++) {
		struct task *other = session->tasks.items[i];
		struct anchor *anchor = &other->anchor;
		uint64_t above = stack_pointer - anchor->slot;

		if (other->process != task->process || !anchor->slot || anchor->breakpoint != index)
			continue;
		if (above == sizeof(uint64_t) || (other == task && stack_pointer > anchor->slot))
			drop(session, other);
		else if (++anchor->strays == STRAYS_MAX)
			ask_for(session, other, ANCHOR_GOES);
	}
}

bool session_meet_anchor(struct session *session, struct task *task, uint32_t index,
	const struct registers *registers)
{
	struct breakpoints *breakpoints = &task->process->breakpoints;
	const struct breakpoint *breakpoint = breakpoint_at(breakpoints, index);
	bool jumps = jumps_at(&task->process->jumps, breakpoint->address);

	if (!session->sampled)
		return false;
	if (breakpoint->returns)
		meet_return(session, task, index, registers);
	if (jumps)
		session_drop_anchor(session, task);
	breakpoint_stray(breakpoints, index);
	return jumps || !(breakpoint->marked || breakpoint->entry != BREAKPOINT_NONE);
}
