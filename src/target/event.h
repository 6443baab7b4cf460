/*
 * What a wait status means, as a value.
 */
#ifndef PTMEM_TARGET_EVENT_H
#define PTMEM_TARGET_EVENT_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

enum event_kind {
	EVENT_EXITED,     /* the thread is no more: forget it, do not touch it */
	EVENT_BREAKPOINT, /* a breakpoint instruction ran: one of ours, or the program's own,
			     which is owed its SIGTRAP */
	EVENT_FAULT,      /* a page fault was taken that a fault event watches for: resume */
	EVENT_STEP,       /* a single step is done, if one was asked for; else as EVENT_SIGNAL */
	EVENT_SIGNAL,     /* about to get a signal: resume with it */
	EVENT_HELD,       /* a brake has stopped it: resume */
	EVENT_GROUP_STOP, /* stopped by job control: leave it so and listen */
	EVENT_STOPPED,    /* stopped for the tracer alone, as a new thread is: resume */
	EVENT_NEW_TASK,   /* fork, vfork or clone: resume; the child reports by itself */
	EVENT_EXEC,       /* a new program, before its first instruction; other threads are gone */
	EVENT_SYSCALL,    /* a system call begins or ends, if that was asked for: resume */
	EVENT_EXITING,    /* on its way out, memory still there: last look, then resume */
};

struct event {
	enum event_kind kind;
	pid_t tid;
	int status; /* the wait status, for EVENT_EXITED */
	bool late;  /* EVENT_FAULT: it was taken while the thread held SIGTRAP back. A breakpoint
		       instruction that it ran into meanwhile is not reported but by this */
	int signal; /* to resume with, for EVENT_BREAKPOINT (not ours), STEP, SIGNAL, HELD (if
		       nobody has a brake); that stopped it, for GROUP_STOP */
};

/* Whether event_classify() needs the siginfo to tell. */
bool event_needs_siginfo(int status);

/* Pure: from what waitpid(2) and PTRACE_GETSIGINFO said. info may be NULL where not needed. */
struct event event_classify(pid_t tid, int status, const siginfo_t *info);

#endif
