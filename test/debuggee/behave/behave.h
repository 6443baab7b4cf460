/*
 * What programs do, one thing each, printed as it was seen. Every behaviour is run alone and
 * watched, and must print and end the same: so nothing that chance decides is printed.
 */
#ifndef PTMEM_TEST_BEHAVE_H
#define PTMEM_TEST_BEHAVE_H

#include "../debuggee.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct behaviour {
	const char *name;
	void (*run)(void);
};

/* Each ends with one that has no name. */
extern const struct behaviour behave_code[], behave_cxx[], behave_deaths[], behave_execs[],
	behave_families[], behave_faults[], behave_limits[], behave_memory[], behave_processes[],
	behave_signals[], behave_stacks[], behave_surroundings[], behave_system_calls[],
	behave_terminal[], behave_threads[], behave_traps[];

/* This program's file, and the argument after the behaviour's name or NULL. */
extern const char *behave_program, *behave_argument;

typedef void behave_handler(int signal, siginfo_t *info, void *context);

/* Calls that are watched, some levels deep: value + levels. */
int behave_work(int value, int levels);

/* So many calls of behave_work(), which must add up. */
void behave_busy(int times);

void behave_handle(int signal, behave_handler *handler, int flags);
void behave_block(int how, int signal);

/* fork() that cannot fail. */
pid_t behave_fork(void);

/* Waits for a child's end, or its next change, and prints it. */
void behave_reap(pid_t child);
void behave_say_status(const char *who, int status);

void behave_pause(int milliseconds);

/* Prints a call that failed with errno, or what it returned. */
void behave_say_result(const char *what, long result);

#ifdef __cplusplus
}
#endif

#endif
