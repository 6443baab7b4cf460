/*
 * Programs that have privileges of their own (set-user-ID, set-group-ID, capabilities): the
 * kernel runs them without while somebody traces them who has no right to.
 */
#ifndef PTMEM_TARGET_PRIVILEGES_H
#define PTMEM_TARGET_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether tracing makes no difference to such programs: CAP_SYS_PTRACE. */
bool may_trace_privileged(void);

/* Whether this file, when it is executed, gives privileges that the caller has not. */
bool gives_privileges(const char *path);

#endif
