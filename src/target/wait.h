/*
 * Waiting for the target: the only caller of waitpid(2).
 *
 * A tracer that sleeps in waitpid is woken in 30 to 40 µs; one that asks again and again
 * sees a stop after a few. So it asks for a while before it sleeps, as long as that pays:
 * a target that computes for long gets the processor to itself.
 *
 * Most of what is left is the waking of the target's processor, which went idle at the stop.
 * While stops come thick and fast, and where it may (as root), ptmem asks the kernel to keep
 * idle processors awake (/dev/cpu_dma_latency): a stop then costs a third.
 */
#ifndef PTMEM_TARGET_WAIT_H
#define PTMEM_TARGET_WAIT_H

#include "base/error.h"
#include "base/vec.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct waiter {
	struct VEC(struct pollfd) others; /* that end the wait as well; the first is of children */
	uint64_t apart;       /* ns that such a wait lasts at most; the owner's to set */
	uint64_t patience;    /* ns to spin before sleeping; adapts */
	bool alone;           /* one processor: spinning would only hold the target up */
	int awake;            /* the request to keep idle processors awake, or -1 */
	bool asleep_for_good; /* it was refused */
	unsigned caught;      /* stops since the last long sleep, up to what matters */
	unsigned slept;       /* long sleeps in a row while processors are kept awake */
};

void waiter_init(struct waiter *waiter);
void waiter_deinit(struct waiter *waiter);

/* From now on the wait ends too when there is something to read here, or after `apart`. Stops are
 * taken to be rare: they are not spun for. */
struct ptmem_error *waiter_add(struct waiter *waiter, int fd);

/* Only tracees end it again. */
void waiter_drop(struct waiter *waiter);

/*
 * The next status of any tracee. *tid is 0 where a signal to ptmem itself ended the wait, or
 * something else that was to end it; -1 where no tracee is left.
 */
struct ptmem_error *waiter_next(struct waiter *waiter, pid_t *tid, int *status);

/* One that is there already; false where there is none. */
bool waiter_peek(pid_t *tid, int *status);

/*
 * Waits for the end of a child that is not traced; false where there is none, or a signal came
 * and the caller had enough.
 */
bool wait_for_end(pid_t pid, int *status, bool (*enough)(void));

/* The highest resident memory, in bytes, of the ended children and what they waited for. */
int64_t ended_children_peak(void);

/*
 * The stop of one thread that was told to run to a system call's beginning or end. *signal is 0
 * there; -1 where it has stopped for nothing, and is to be told again; else the signal that it
 * is about to get. ERROR_GONE where it comes to something else: waiter_next() will tell.
 */
struct ptmem_error *wait_for_syscall(pid_t tid, int *signal);

/* Kills a traced process and waits until nothing of it is left to trace. */
void wait_for_kill(pid_t pid);

#endif
