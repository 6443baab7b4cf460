/* Processes by what they are called: by their names, and by their command lines. */
#ifndef PTMEM_TARGET_NAMED_H
#define PTMEM_TARGET_NAMED_H

#include "base/error.h"
#include "base/strbuf.h"

#include <sys/types.h>

/*
 * The one process of this name: what ps(1) calls it, or its command without folders. Not
 * ptmem itself. ERROR_USAGE where there is none, or several, which are listed.
 */
struct ptmem_error *process_find_named(const char *name, pid_t *pid);

/*
 * The process that this is, or is a thread of. An error says why there is nothing to read of
 * it: there is no such process, it has ended, it is a kernel thread or ptmem itself.
 */
struct ptmem_error *process_find_numbered(pid_t pid, pid_t *process);

/* Its command line, the words one after the other, each ended by a NUL; empty where it has none. */
void process_command(pid_t pid, struct strbuf *command);

#endif
