/*
 * Every page fault of a thread as a stop of it: a perf event (Linux 5.13 and later) that sends
 * the thread a SIGTRAP of its own, which only a tracer sees (EVENT_FAULT).
 *
 * It must be closed before the thread runs on untraced, which would die of that. It is for this
 * thread alone, not for what the thread makes, and is no more when the thread executes a program.
 *
 * A thread that holds back SIGTRAP stops when it no longer does, once for all faults until then.
 * Meanwhile the signal is pending: a thread that waits for it then, among others, gets it.
 */
#ifndef PTMEM_TARGET_FAULT_EVENT_H
#define PTMEM_TARGET_FAULT_EVENT_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the kernel says of its stops, apart from those of events of the program's own. */
#define FAULT_EVENT_DATA UINT64_C(0x70746d656d666c74)

struct fault_event {
	int fd;      /* -1 when closed */
	bool kernel; /* with faults that the kernel takes for the thread, in its system calls: one
			stop, when the call is over */
};

/* Whether page faults can be watched at all: an error that says what would allow it. */
struct ptmem_error *fault_event_try(void);

/*
 * The thread is traced. `kernel` is a wish: an ordinary user may not be allowed to.
 * ERROR_GONE where the thread is no more.
 */
struct ptmem_error *fault_event_open(pid_t tid, bool kernel, struct fault_event *event);

/* No fault after this is a stop; one that was taken before may still have to be reported. */
void fault_event_close(struct fault_event *event);

#endif
