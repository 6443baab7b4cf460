/*
 * What the files of a session share. Only they include this.
 *
 *     session.c    the whole, the loop, the dispatch of events
 *     stops.c      a thread at a breakpoint, after a step, about to get a signal
 *     lifecycle.c  tasks and programs that begin and end
 */
#ifndef PTMEM_ENGINE_SESSION_INTERNAL_H
#define PTMEM_ENGINE_SESSION_INTERNAL_H

#include "engine/image.h"
#include "engine/process.h"
#include "engine/record.h"
#include "engine/session.h"
#include "engine/task.h"
#include "target/event.h"
#include "target/wait.h"

struct session {
	const struct session_options *options;
	struct process_profile *first;
	struct profile *profile; /* the first process's */
	struct session_result *result;
	struct process process;
	struct waiter waiter;
	struct tasks tasks;
	uint64_t threads; /* that there have been */
	struct images images;
	struct recorder *recorder; /* NULL: the run is not recorded */
	char *mappings;            /* of the program near its end, for the recording */
	int64_t highest;           /* of all readings, first column */
	bool armed;                /* a first image is, or was, watched */
	bool has_ended;            /* the status is known */
	bool forked;               /* it had children of its own */
	bool peak_known;
	uint32_t startup, unwatched, exec; /* locations of the brackets */
};

/* The only place where a tracee is resumed. */
struct ptmem_error *session_resume(struct session *session, pid_t tid, int signal);

/* A line for the user, for when the run is over. Takes the error over. */
void session_warn(struct session *session, struct ptmem_error *error);

/*
 * Reads the memory at a stop of this task, and charges it with what moved. A task that is
 * being killed may have no memory to read: then nothing has moved.
 */
struct ptmem_error *session_account(
	struct session *session, struct task *task, struct amounts *reading);

/* Since that reading, ptmem itself has written to the target. */
struct ptmem_error *session_own(struct session *session, pid_t tid, const struct amounts *reading);

/* stops.c: each ends with the task resumed. */
struct ptmem_error *session_on_breakpoint(
	struct session *session, struct task *task, const struct event *event);
struct ptmem_error *session_on_step(
	struct session *session, struct task *task, const struct event *event);
struct ptmem_error *session_on_signal(
	struct session *session, struct task *task, const struct event *event);

/* lifecycle.c */
struct ptmem_error *session_add_task(
	struct session *session, pid_t tid, pid_t process, const char *name);

/* The first stop of a task that nobody has heard of: *ours where it is traced from now on. */
struct ptmem_error *session_meet(struct session *session, pid_t tid, bool *ours);

struct ptmem_error *session_on_exec(struct session *session, struct task *task);
struct ptmem_error *session_on_exiting(struct session *session, struct task *task);
void session_on_exited(struct session *session, struct task *task, const struct event *event);

#endif
