/*
 * Signals to ptmem itself while a target runs.
 *
 * Of a process that was attached to: each of them says that it is to be let go.
 *
 * A program that was launched is to feel as if ptmem were not there. What a terminal sends
 * reaches it by itself, and so does what is sent to the whole process group; what was sent to
 * ptmem alone is passed on, after a moment in which the program could have got the same
 * signal of the same sender. When job control stops the program, ptmem stops as well, and the
 * shell knows. The second of two Ctrl-C says that ptmem is to end.
 */
#ifndef PTMEM_ENGINE_SIGNALS_H
#define PTMEM_ENGINE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#define SIGNALS_CAUGHT 8

struct signals {
	struct sigaction before[SIGNALS_CAUGHT];
	sigset_t mask;
	timer_t duration, tick;
};

/* From now on, for this launched program (0: none), and for so many seconds (0: for ever). */
void signals_begin(struct signals *signals, pid_t launched, double seconds);

/* Everything as it was before. */
void signals_end(struct signals *signals);

/* Whether the target is to be let go: asked for, or the time is up. */
bool signals_ask_to_leave(void);

/* Whether the user does not want to wait for the end of a launched program either. */
bool signals_insist(void);

/* Whether a signal that is to end things (SIGINT, SIGQUIT, SIGTERM, SIGHUP) has come since
 * signals_begin(), and not from the program. Holds after signals_end() as well. */
bool signals_ask_to_end(void);

/* While this is on, every wait ends after some time, and is begun again by who still waits. */
void signals_tick(bool on);

/* The program is no more: what is sent from now on is for ptmem alone. */
void signals_target_ended(void);

/* Whether something is to be passed on; and does so, when it is time. */
bool signals_are_due(void);
void signals_pass_on(void);

/* The program is about to get this signal of that sender, 0 for the kernel. */
void signals_note(int signal, pid_t sender);

/* The program was stopped by this signal. */
void signals_stopped(int signal);

#endif
