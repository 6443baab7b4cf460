/*
 * What a stop would let the program notice, and how it does not. The thread must be in a
 * ptrace stop.
 */
#ifndef PTMEM_TARGET_UNNOTICED_H
#define PTMEM_TARGET_UNNOTICED_H

#include "arch/arch.h"
#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Some system calls give up where most others are begun again by the kernel after a stop that
 * delivers no signal (signal(7): epoll_wait, semop, sigtimedwait, sockets with a timeout).
 * The target must not see that: it makes the call once more. close(2) has done its work
 * all the same, and a signal that is about to be delivered is a reason to give up.
 */
struct ptmem_error *tracee_repeat_syscall(pid_t tid, struct registers *registers);

/* A tracer sees, and so wakes the thread for, what alone would have passed it by. */
bool tracee_ignores(pid_t tid, int signal);

/*
 * The first process of a PID namespace dies of a fault as any other, but not while it is traced:
 * the kernel would let it run into the same fault for ever. It is to be let go before.
 */
bool tracee_must_fault_alone(pid_t tid, int signal);

#endif
