/*
 * Events of a task, switched on in the kernel ahead of time. The first one after a second without
 * any makes the kernel wait until every processor has taken notice (an RCU grace period: 6 to
 * 25 ms). A thread does that waiting, while the target is launched and its files are read.
 */
#ifndef PTMEM_TARGET_EVENT_SWITCH_H
#define PTMEM_TARGET_EVENT_SWITCH_H

#include <linux/perf_event.h>
#include <pthread.h>
#include <stdbool.h>

struct event_switch {
	pthread_t thread;
	bool begun;
	int fd; /* an event that counts nothing, or -1 */
};

/* An event of ours that counts nothing, and never happens. */
struct perf_event_attr event_of_nothing(void);

/* Where it cannot be done, the first event takes its time. */
void event_switch_begin(struct event_switch *ahead);

/* Once there is another event, or none is needed. Waits for the thread. */
void event_switch_end(struct event_switch *ahead);

#endif
