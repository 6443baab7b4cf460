/* Starting a program under ptrace. */
#ifndef PTMEM_TARGET_LAUNCH_H
#define PTMEM_TARGET_LAUNCH_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Transparent huge pages for the program and what it starts. */
enum thp_mode {
	THP_UNCHANGED,
	THP_ON,
	THP_OFF,
};

struct launch {
	const char *path;
	char *const *argv;
	bool aslr;
	enum thp_mode thp;
	bool untraced; /* it runs at once, and on its own */
};

/*
 * Starts the program, seized with the options that every session needs, with ptmem's own
 * environment, terminal, signal mask and dispositions. When this returns it is stopped, or
 * about to, by PTRACE_EVENT_EXEC, before its first instruction. It dies with ptmem.
 */
struct ptmem_error *launch_program(const struct launch *launch, pid_t *pid);

#endif
