/* What the parts of a timeline share: its state, and who does what with it. */
#ifndef PTMEM_TIMELINE_TIMELINE_INTERNAL_H
#define PTMEM_TIMELINE_TIMELINE_INTERNAL_H

#include "base/vec.h"
#include "target/event.h"
#include "timeline/family.h"
#include "timeline/timeline.h"

#include <signal.h>

/* A thread that is traced. */
struct tracee {
	pid_t tid, process;
};

/* What is waited for: the next sample, tracees and children, the end of what was attached to. */
enum wait_for { WAIT_TIMER, WAIT_CHILDREN, WAIT_END, WAIT_COUNT };

struct timeline {
	const struct timeline_options *options;
	struct timeline_result *result;
	pid_t pid;   /* of the program */
	bool traced; /* it was launched so */
	bool ended;
	struct event failed; /* whose handling failed: it stands at that stop, or tid is 0 */
	bool leaving;        /* whatever stops is to be let go */
	struct family family;
	struct VEC(struct tracee) tracees;
	int waits;           /* an epoll of these, each known by its index; -1 before */
	int fds[WAIT_COUNT]; /* -1: none */

	double epoch;      /* seconds since 1970 at 0 of the monotonic clock */
	uint64_t look_due; /* ns: when children are looked for again */
	uint64_t peak_due; /* and the kernel is asked for the peak */
	uint64_t sum_due;  /* when an end of a child may cost another sum */
	double highest;    /* MiB, of the samples */
	int64_t peak;      /* bytes, as the kernel says; 0: unknown */
	bool unreadable;   /* a child could not be read, and that was said */
};

uint64_t timeline_now(void);

/* Its first instruction is due, or done: the first sample. */
struct ptmem_error *timeline_begin(struct timeline *timeline);

/* Takes the error over. */
void timeline_warn(struct timeline *timeline, struct ptmem_error *error);

/* sampler.c: so much, now. */
struct series_sample timeline_sample_of(const struct timeline *timeline, int64_t bytes);

/* Reads all and writes what there is; one that has ended is taken out. */
struct ptmem_error *timeline_sample(struct timeline *timeline);

/* The last of a process that is about to end, or of the program. */
struct ptmem_error *timeline_sample_end(struct timeline *timeline, struct member *member);

void timeline_look_at_peak(struct timeline *timeline);

/* The highest that the program had, where that is for the kernel to say. */
struct ptmem_error *timeline_write_peak(struct timeline *timeline);

/* tracees.c: what a stop, or an end, means. An event of nobody that is known is met as well. */
struct ptmem_error *timeline_dispatch(struct timeline *timeline, const struct event *event);

/* The same while all is let go. */
struct ptmem_error *timeline_let_go(struct timeline *timeline, const struct event *event);

/* A call that a stop has interrupted, of no signal or one (0: none) that is ignored, goes on. */
struct ptmem_error *timeline_repeat_syscall(pid_t tid, int signal);

/* calls.c: the whole of it where calls are written as well. */
struct ptmem_error *timeline_run_calls(
	const struct timeline_options *options, struct timeline_result *result);

/* timeline.c: a timer of the options' interval. */
struct ptmem_error *timeline_begin_timer(struct timeline *timeline);

/* From now on a reader of the file that goes away is an error, and not the end of ptmem. */
void timeline_ignore_pipe(struct sigaction *before);

/* The clock that times are of, which nobody sets meanwhile. */
double timeline_epoch(void);

/* leave.c: lets go of all that is traced. */
void timeline_leave(struct timeline *timeline);

/* What was launched and let go runs to its end, for its status, unless the user has had enough. */
void timeline_await_end(struct timeline *timeline);

/* timeline.c: all that has stopped or ended by now. */
struct ptmem_error *timeline_take_events(struct timeline *timeline);

struct ptmem_error *timeline_add_tracee(struct timeline *timeline, pid_t tid, pid_t process);
struct tracee *timeline_find_tracee(struct timeline *timeline, pid_t tid);
void timeline_forget(struct timeline *timeline, pid_t tid);

#endif
