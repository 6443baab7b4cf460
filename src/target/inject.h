/* A system call made by the target, in its own name. */
#ifndef PTMEM_TARGET_INJECT_H
#define PTMEM_TARGET_INJECT_H

#include "base/error.h"
#include "target/memory.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * Makes the thread, which must be in a ptrace stop, do one system call. Its registers, code
 * and signal mask are as before when this returns, and a system call that the stop has
 * interrupted goes on when it is resumed. Nobody else in its memory may run where the kernel
 * has mapped no code of its own (the vdso): there the thread's own code is borrowed. A filter of
 * the program's own (seccomp) is suspended meanwhile, or the error says that it cannot be;
 * `options` are those that the thread is traced with. *result is the call's, negative errno
 * included.
 */
struct ptmem_error *inject_syscall(pid_t tid, uintptr_t options, const struct target_memory *memory,
	long number, const uint64_t arguments[6], int64_t *result);

/*
 * Where the kernel's own code (the vdso) makes system calls, in this memory and in every copy of
 * it; 0 where it is not mapped.
 */
struct target_address inject_find(const struct target_memory *memory);

/* The same at that address, in a process whose memory may not be seen, and whose filters allow it.
 */
struct ptmem_error *inject_at(pid_t tid, struct target_address at, long number,
	const uint64_t arguments[6], int64_t *result);

#endif
