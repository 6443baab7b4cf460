/*
 * What the stops of traced threads mean. All threads of the program are traced, so that every
 * signal that it gets is seen; children with theirs are where they are wanted. Whichever of a
 * new task and its maker stops first, it is met at its own first stop.
 */
#include "timeline/timeline_internal.h"

#include "engine/signals.h"
#include "target/ptrace.h"
#include "target/status.h"
#include "target/unnoticed.h"

struct tracee *timeline_find_tracee(struct timeline *timeline, pid_t tid)
{
	for (size_t i = timeline->tracees.count; i-- > 0;)
		if (timeline->tracees.items[i].tid == tid)
			return &timeline->tracees.items[i];
	return NULL;
}

void timeline_forget(struct timeline *timeline, pid_t tid)
{
	struct tracee *tracee = timeline_find_tracee(timeline, tid);

	if (tracee)
		*tracee = timeline->tracees.items[--timeline->tracees.count];
}

static bool wants_children(const struct timeline *timeline)
{
	return timeline->options->sum || timeline->options->each;
}

struct ptmem_error *timeline_add_tracee(struct timeline *timeline, pid_t tid, pid_t process)
{
	struct tracee *tracee = vec_append(&timeline->tracees);

	if (!tracee)
		return &error_no_memory;
	*tracee = (struct tracee){.tid = tid, .process = process};
	return NULL;
}

/* A new thread, or a new process; *known is false where it is let go, or has gone. */
static struct ptmem_error *meet(struct timeline *timeline, pid_t tid, bool *known)
{
	struct ptmem_error *error = NULL;
	struct task_status status;

	*known = false;
	if (!task_status_read(tid, &status))
		return NULL;
	if (status.process != timeline->pid && !wants_children(timeline))
		return tracee_detach(tid, 0);
	if (!family_find(&timeline->family, status.process))
		error = family_add(&timeline->family, status.process, status.parent, false, NULL);
	if (!error)
		error = timeline_add_tracee(timeline, tid, status.process);
	*known = !error;
	return error;
}

static struct member *member_of(struct timeline *timeline, pid_t tid)
{
	const struct tracee *tracee = timeline_find_tracee(timeline, tid);

	return tracee ? family_find(&timeline->family, tracee->process) : NULL;
}

/* The others are no more, and nothing will tell of them. */
static void forget_others(struct timeline *timeline, pid_t process)
{
	for (size_t i = timeline->tracees.count; i-- > 0;)
		if (timeline->tracees.items[i].process == process &&
			timeline->tracees.items[i].tid != process)
			timeline_forget(timeline, timeline->tracees.items[i].tid);
}

static struct ptmem_error *on_exec(struct timeline *timeline, pid_t tid)
{
	struct member *member = member_of(timeline, tid);
	uintptr_t options = TRACE_OPTIONS; /* it outlives ptmem, if need be */
	struct ptmem_error *error = NULL;

	forget_others(timeline, tid);
	if (member)
		member_executes(member);
	if (tid == timeline->pid && !timeline->result->begun) {
		if (!wants_children(timeline))
			options &= ~(uintptr_t)(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK);
		error = tracee_set_options(tid, options);
		if (!error)
			error = timeline_begin(timeline);
	}
	return error ? error : tracee_resume(tid, 0);
}

static size_t threads_of(const struct timeline *timeline, pid_t process)
{
	size_t count = 0;

	for (size_t i = 0; i < timeline->tracees.count; i++)
		count += timeline->tracees.items[i].process == process;
	return count;
}

/* The first thread's end is mostly that of all; where it is not, the last one has a look. */
static struct ptmem_error *on_exiting(struct timeline *timeline, pid_t tid)
{
	struct member *member = member_of(timeline, tid);
	struct ptmem_error *error = NULL;
	bool last = member && member->leader_ended && threads_of(timeline, member->pid) <= 2;

	if (member && (tid == member->pid || last)) {
		member->leader_ended = true;
		error = timeline_sample_end(timeline, member);
	}
	return error ? error : tracee_resume(tid, 0);
}

static void on_exited(struct timeline *timeline, const struct event *event)
{
	struct member *member = family_find(&timeline->family, event->tid);

	timeline_forget(timeline, event->tid);
	if (event->tid == timeline->pid) {
		timeline->ended = true;
		timeline->result->status = event->status;
		signals_target_ended();
	} else if (member) {
		family_remove(&timeline->family, member);
	}
}

/* A signal to the program may be one that ptmem has got as well, or stop it. */
static struct ptmem_error *note_signal(struct timeline *timeline, pid_t tid, int signal)
{
	const struct tracee *tracee = timeline_find_tracee(timeline, tid);
	struct ptmem_error *error;
	siginfo_t info;

	if (!tracee || tracee->process != timeline->pid ||
		(!signals_are_due() && signal != SIGSTOP && signal != SIGTSTP))
		return NULL;
	error = tracee_siginfo(tid, &info);
	if (!error)
		signals_note(signal, info.si_code == SI_KERNEL ? 0 : info.si_pid);
	return error;
}

struct ptmem_error *timeline_repeat_syscall(pid_t tid, int signal)
{
	struct registers registers;
	struct ptmem_error *error = tracee_registers(tid, &registers);

	if (error || arch->interrupted_syscall(&registers) < 0 ||
		(signal && !tracee_ignores(tid, signal)))
		return error;
	return tracee_repeat_syscall(tid, &registers);
}

static struct ptmem_error *on_signal(struct timeline *timeline, pid_t tid, int signal)
{
	struct ptmem_error *error = note_signal(timeline, tid, signal);

	if (!error)
		error = timeline_repeat_syscall(tid, signal);
	if (error)
		return error;
	if (!tracee_must_fault_alone(tid, signal))
		return tracee_resume(tid, signal);
	timeline_forget(timeline, tid);
	return tracee_detach(tid, 0); /* it runs into the fault once more */
}

static struct ptmem_error *on_group_stop(struct timeline *timeline, const struct event *event)
{
	struct ptmem_error *error = tracee_listen(event->tid);

	if (event->tid == timeline->pid)
		signals_stopped(event->signal);
	return error;
}

static struct ptmem_error *on_stop(struct timeline *timeline, const struct event *event)
{
	struct ptmem_error *error;

	switch (event->kind) {
	case EVENT_GROUP_STOP:
		return on_group_stop(timeline, event);
	case EVENT_BREAKPOINT:
	case EVENT_FAULT:
	case EVENT_STEP:
	case EVENT_SIGNAL:
	case EVENT_HELD:
		return on_signal(timeline, event->tid, event->signal);
	case EVENT_EXEC:
		return on_exec(timeline, event->tid);
	case EVENT_EXITING:
		return on_exiting(timeline, event->tid);
	case EVENT_STOPPED:
		error = timeline_repeat_syscall(event->tid, 0);
		return error ? error : tracee_resume(event->tid, 0);
	case EVENT_NEW_TASK:
	case EVENT_SYSCALL:
	case EVENT_EXITED:
		break;
	}
	return tracee_resume(event->tid, 0);
}

/* One that dies in the middle of a stop will be reported by its end; the rest goes on. */
struct ptmem_error *timeline_dispatch(struct timeline *timeline, const struct event *event)
{
	bool known = timeline_find_tracee(timeline, event->tid);
	struct ptmem_error *error = NULL;

	if (event->kind == EVENT_EXITED) {
		on_exited(timeline, event);
		return NULL;
	}
	if (!known)
		error = meet(timeline, event->tid, &known);
	if (!error && known)
		error = timeline->leaving ? timeline_let_go(timeline, event)
					  : on_stop(timeline, event);
	return error_is(error, ERROR_GONE) ? NULL : error;
}
