/* What /proc/PID/status says of a thread: who it is, whose, and what is to become of it. */
#ifndef PTMEM_TARGET_STATUS_H
#define PTMEM_TARGET_STATUS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct task_status {
	char name[16];             /* as hostile as the thread */
	char state;                /* R, S, D, T, t, Z, X, ... */
	pid_t process;             /* whose thread it is */
	pid_t parent;              /* of the process */
	pid_t tracer;              /* 0: none */
	uid_t user;                /* effective */
	unsigned filters;          /* of system calls (seccomp), strict mode counted as one */
	uint64_t capable;          /* effective capabilities, a bit each */
	pid_t number;              /* of the process in its own namespace */
	uint64_t ignored;          /* signals that it ignores */
	uint64_t caught;           /* signals that it has handlers for */
	uint64_t pending, blocked; /* signals: those of the process are pending, too */
};

/* False where the thread is no more; with errno ENOENT or ESRCH then, unlike where it cannot be
 * read. */
bool task_status_read(pid_t tid, struct task_status *status);

#endif
