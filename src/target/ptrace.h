/*
 * ptrace(2), one function a request. The tracee must be in a ptrace stop. All return
 * error_gone where the kernel says ESRCH: the tracee is dying, and its end will be
 * reported by waitpid(2). That is never a failure of the session.
 */
#ifndef PTMEM_TARGET_PTRACE_H
#define PTMEM_TARGET_PTRACE_H

#include "arch/arch.h"
#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/types.h>

struct ptmem_error *tracee_registers(pid_t tid, struct registers *registers);
struct ptmem_error *tracee_set_registers(pid_t tid, const struct registers *registers);

/* Changes the pc alone; registers must be the thread's and are changed with it. */
struct ptmem_error *tracee_set_pc(pid_t tid, struct registers *registers, struct target_address pc);

/* What every tracee is to report: the tasks that it makes, exec, exit, and system calls as such. */
#define TRACE_OPTIONS                                                                          \
	(PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		PTRACE_O_TRACEEXIT | PTRACE_O_TRACESYSGOOD)

/*
 * Begins tracing a thread that runs and leaves it running. `options` are PTRACE_O_*. Errors
 * carry the errno: what EPERM means is for whoever knows the thread to say.
 */
struct ptmem_error *tracee_seize(pid_t tid, uintptr_t options);

/* Other options than those it was seized with. */
struct ptmem_error *tracee_set_options(pid_t tid, uintptr_t options);

/* Makes it stop, whatever it is doing, as soon as it can; it need not be stopped. */
struct ptmem_error *tracee_interrupt(pid_t tid);

/* What came with the stop of an event: the new task, the exit status, ... */
struct ptmem_error *tracee_event_message(pid_t tid, unsigned long *message);

/* Whether a trap that it ran into has yet to be reported: it must not be let go before. */
struct ptmem_error *tracee_has_trap(pid_t tid, bool *trap);

/* Lets it run on, with a signal delivered to it (0: none). */
struct ptmem_error *tracee_resume(pid_t tid, int signal);

/* The same as far as its next system call, or the end of the one that it is in. */
struct ptmem_error *tracee_resume_to_syscall(pid_t tid, int signal);

/* The same for one instruction. */
struct ptmem_error *tracee_step(pid_t tid, int signal);

/* Leaves it in its group stop, and waits for what ends that. */
struct ptmem_error *tracee_listen(pid_t tid);

/* Lets it run on untraced. */
struct ptmem_error *tracee_detach(pid_t tid, int signal);

struct ptmem_error *tracee_siginfo(pid_t tid, siginfo_t *info);
struct ptmem_error *tracee_set_siginfo(pid_t tid, const siginfo_t *info);

/* The signals that are held back from it. */
struct ptmem_error *tracee_signal_mask(pid_t tid, uint64_t *mask);
struct ptmem_error *tracee_set_signal_mask(pid_t tid, uint64_t mask);

#endif
