/*
 * Signals to ptmem itself while a target runs. Ctrl-C at the terminal reaches the target
 * by itself; the second one ends it. What is sent to ptmem alone is passed on.
 */
#ifndef PTMEM_ENGINE_SIGNALS_H
#define PTMEM_ENGINE_SIGNALS_H

#include <signal.h>
#include <sys/types.h>

#define SIGNALS_CAUGHT 5

struct signals {
	struct sigaction before[SIGNALS_CAUGHT];
};

/* From now on, for this target. */
void signals_begin(struct signals *signals, pid_t target);

/* Everything as it was before. */
void signals_end(const struct signals *signals);

#endif
