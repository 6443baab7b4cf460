/*
 * Letting go of all that is traced, so that it runs on as if nobody had ever looked.
 *
 * Breakpoints are taken out of the memory first, at once and with nothing stopped. Then
 * every thread is made to stop, and is let go at whatever stop comes, once it owes us
 * nothing: a breakpoint that it has run into just before is passed, and a slot is left.
 * Scratch memory goes with the last one. A thread that does not stop, deep in the kernel,
 * is let go by the end of the tracer.
 */
#include "engine/session_internal.h"

#include "engine/signals.h"
#include "target/ptrace.h"
#include "target/unnoticed.h"
#include "target/wait.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* s: how long to wait for threads that do not stop. */
#define PATIENCE 3

/* A child that a killed process made in its last moment needs some time to be seen. */
#define LAST_LOOKS 10
#define LAST_LOOK_US 1000

static void session_settle(struct session *session, struct task *task)
{
	struct process *process = task->process;
	struct amounts reading;

	if (process->armed)
		error_free(session_account(session, task, &reading));
	session_keep_end(task);
}

static struct ptmem_error *session_detach(struct session *session, struct task *task, int signal)
{
	pid_t tid = task->tid;

	if (task->process->tasks == 1)
		session->result->let_go++;
	session_remove_task(session, task);
	return session_free_thread(session, tid, signal);
}

/* What it is about to be stopped for is taken off first: alone it would stop for good. */
struct ptmem_error *session_free_thread(const struct session *session, pid_t tid, int signal)
{
	struct ptmem_error *error = NULL;

	while (!error && session->brakes && brake_is_due(tid)) {
		error = tracee_resume(tid, signal);
		if (!error)
			error = wait_for_syscall(tid, &signal);
		if (signal < 0)
			signal = 0;
	}
	return error ? error : tracee_detach(tid, signal);
}

/* One thread of each process is kept until the others are gone, and then unmaps the scratch
 * memory: nobody can be in it any more. */
void session_finish(struct session *session)
{
	for (size_t i = session->processes.count; i-- > 0;) {
		struct process *process = session->processes.items[i];
		struct task *last = process->last;

		if (!last || process->tasks > 1)
			continue;
		session_settle(session, last);
		error_free(process_unmap_scratch(process, last->tid));
		error_free(session_detach(session, last, 0));
	}
}

/* What a stop leaves to do before the task is as it would be alone. */
static struct ptmem_error *session_restore(struct task *task, bool calm)
{
	struct registers registers;
	struct target_address pc;
	struct ptmem_error *error = tracee_registers(task->tid, &registers);

	if (!error)
		error = session_leave_slot(task, &registers, &pc);
	return error || !calm ? error : tracee_repeat_syscall(task->tid, &registers);
}

/* Whether a fault that was taken in the midst of a system call may still become a signal. */
static bool session_may_owe(const struct session *session)
{
	return session->exact && (session->stop == EVENT_NEW_TASK || session->stop == EVENT_EXEC);
}

struct ptmem_error *session_let_go(struct session *session, struct task *task, int signal)
{
	struct process *process = task->process;
	bool calm = session->stop == EVENT_STOPPED || session->stop == EVENT_GROUP_STOP;
	bool trap = false;
	struct ptmem_error *error = session_lend_trap(session, task, &trap);

	if (!error && trap)
		return tracee_resume(task->tid, signal);
	if (!error)
		error = session_restore(task, calm);
	if (error)
		return error;
	/* Not a guest: its host may be waiting for it. */
	if (calm && !process->last && task->group == process->pid) {
		process->last = task;
		return NULL;
	}
	/* Nothing can be done in the middle of a signal's delivery: it stops once more. */
	if ((!process->last || session_may_owe(session)) && session->stop != EVENT_EXITING &&
		task->group == process->pid) {
		error = tracee_interrupt(task->tid);
		return error ? error : tracee_resume(task->tid, signal);
	}
	session_settle(session, task);
	return session_detach(session, task, signal);
}

static bool session_holds(const struct session *session)
{
	return session->tasks.count || session->expected.count || session->parked.count;
}

static void session_drain(struct session *session)
{
	time_t end = time(NULL) + PATIENCE;
	struct event event = {0};

	while (session_holds(session) && event.tid >= 0 && time(NULL) <= end) {
		struct ptmem_error *error = session_next(session, &event);

		if (!error && event.tid > 0)
			error = session_dispatch(session, &event);
		error_free(error);
		session_finish(session);
	}
	/* Those that were kept for one which does not stop. */
	for (size_t i = session->tasks.count; i-- > 0;)
		if (session->tasks.items[i] == session->tasks.items[i]->process->last)
			error_free(session_detach(session, session->tasks.items[i], 0));
}

/* What was made and has not been heard of by anybody. */
static void session_look_again(struct session *session)
{
	int status = session->result->status;
	int looks = session->has_ended && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
			    ? LAST_LOOKS
			    : 1;

	for (int i = 0; i < looks; i++) {
		struct event event;

		if (i)
			usleep(LAST_LOOK_US);
		while (session_peek(&event))
			error_free(session_dispatch(session, &event));
	}
}

void session_leave(struct session *session)
{
	session->leaving = true;
	for (size_t i = 0; i < session->tasks.count; i++)
		fault_event_close(&session->tasks.items[i]->fault_event);
	for (size_t i = 0; i < session->processes.count; i++)
		if (session->processes.items[i]->breakpoints.list.count)
			process_lift(session->processes.items[i]);
	for (size_t i = 0; i < session->tasks.count; i++)
		error_free(tracee_interrupt(session->tasks.items[i]->tid));
	/* It stands at its stop still, and stops again once that has been passed. */
	if (session->failed.tid > 0)
		error_free(session_dispatch(session, &session->failed));
	if (session_holds(session)) {
		signals_tick(true);
		session_drain(session);
	}
	session_look_again(session);
}
