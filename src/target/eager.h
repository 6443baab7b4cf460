/*
 * Running before whoever fills our buffers: what they have for us is taken at once, in little
 * time, or it is lost. For the calling thread; what it forks does not inherit it.
 */
#ifndef PTMEM_TARGET_EAGER_H
#define PTMEM_TARGET_EAGER_H

#include <sched.h>

/* What the thread was before. */
struct eager {
	int policy;
	struct sched_param parameters;
	int niceness;
};

/* As far as the user may: root, and whom limits allow it (RLIMIT_RTPRIO, RLIMIT_NICE). */
void eager_begin(struct eager *before);
void eager_end(const struct eager *before);

#endif
