/* A system call made by the target, in its own name. */
#ifndef PTMEM_TARGET_INJECT_H
#define PTMEM_TARGET_INJECT_H

#include "base/error.h"
#include "target/memory.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * Makes the thread, which must be in a ptrace stop with nobody else in its memory running
 * (a new program before its first instruction), do one system call. Its registers, code and
 * signal mask are as before when this returns. *result is the call's, negative errno
 * included.
 */
struct ptmem_error *inject_syscall(pid_t tid, const struct target_memory *memory, long number,
	const uint64_t arguments[6], int64_t *result);

#endif
