/*
 * Taking hold of a process that runs: every one of its threads, and those that are being
 * created meanwhile, without stopping any.
 */
#ifndef PTMEM_TARGET_ATTACH_H
#define PTMEM_TARGET_ATTACH_H

#include "base/error.h"
#include "base/vec.h"

#include <sys/types.h>

struct attached_thread {
	pid_t tid;
	pid_t process; /* another than asked for where that one runs in the same memory */
};

struct attached VEC(struct attached_thread);

/*
 * The process that this is, or is a thread of. An error says why it cannot be attached to:
 * there is no such process, it is a kernel thread, a zombie, ptmem itself, traced by
 * another, of another processor, ...
 */
struct ptmem_error *attach_check(pid_t pid, pid_t *process);

/*
 * Traces all its threads, from now on with the children they make; nothing is stopped.
 * Processes in the same memory (a vfork under way) are taken as well, since what is
 * planted in it would kill them. On failure, too, those in `threads` are traced.
 */
struct ptmem_error *attach_seize(pid_t process, struct attached *threads);

#endif
