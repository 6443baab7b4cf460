/*
 * Letting go of all that is traced, so that it runs on as if nobody had ever looked: each thread
 * is made to stop, and let go at whatever stop comes first.
 */
#include "timeline/timeline_internal.h"

#include "engine/signals.h"
#include "target/ptrace.h"
#include "target/status.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* s: how long to wait for threads that do not stop, deep in the kernel; and ms between looks. */
#define PATIENCE 3
#define LOOK_MS 20

/* What it just made stops as well, if it has not done so before. */
static struct ptmem_error *expect_new_task(struct timeline *timeline, pid_t maker)
{
	struct task_status status;
	unsigned long message;
	struct ptmem_error *error = tracee_event_message(maker, &message);
	pid_t tid = (pid_t)message;

	if (error || timeline_find_tracee(timeline, tid) || !task_status_read(tid, &status) ||
		status.tracer != getpid())
		return error;
	return timeline_add_tracee(timeline, tid, status.process);
}

struct ptmem_error *timeline_let_go(struct timeline *timeline, const struct event *event)
{
	bool signal = event->kind == EVENT_SIGNAL || event->kind == EVENT_STEP ||
		      event->kind == EVENT_BREAKPOINT || event->kind == EVENT_FAULT;
	struct ptmem_error *error = NULL;

	if (event->kind == EVENT_NEW_TASK)
		error = expect_new_task(timeline, event->tid);
	else if (signal || event->kind == EVENT_STOPPED)
		error = timeline_repeat_syscall(event->tid, signal ? event->signal : 0);
	if (error)
		return error;
	timeline_forget(timeline, event->tid);
	return tracee_detach(event->tid, signal ? event->signal : 0);
}

void timeline_leave(struct timeline *timeline)
{
	struct pollfd children = {.fd = timeline->fds[WAIT_CHILDREN], .events = POLLIN};
	time_t end = time(NULL) + PATIENCE;

	timeline->leaving = true;
	for (size_t i = 0; i < timeline->tracees.count; i++)
		error_free(tracee_interrupt(timeline->tracees.items[i].tid));
	if (timeline->failed.tid)
		error_free(timeline_dispatch(timeline, &timeline->failed));
	while (timeline->tracees.count && time(NULL) <= end) {
		error_free(timeline_take_events(timeline));
		if (timeline->tracees.count)
			poll(&children, 1, LOOK_MS);
	}
}

/* When job control stops it, ptmem stops as well. */
void timeline_await_end(struct timeline *timeline)
{
	int status = 0;

	while (!timeline->ended && !signals_insist()) {
		pid_t found = waitpid(timeline->pid, &status, WUNTRACED);

		if (found < 0 && errno != EINTR)
			break;
		if (found > 0 && WIFSTOPPED(status))
			signals_stopped(WSTOPSIG(status));
		else if (found > 0)
			timeline->ended = true;
		if (signals_are_due())
			signals_pass_on();
	}
	if (timeline->ended && !timeline->result->status)
		timeline->result->status = status;
}
