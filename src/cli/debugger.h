/* A debugger for a program that has passed a limit. */
#ifndef PTMEM_CLI_DEBUGGER_H
#define PTMEM_CLI_DEBUGGER_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether somebody is there to use one: input and messages are a terminal's. */
bool debugger_is_wanted(void);

/* gdb on a process that is stopped, until the user has done with it. */
void debugger_run(pid_t pid);

#endif
