/* What a stop would let the program notice. */
#include "target/unnoticed.h"

#include "target/ptrace.h"
#include "target/status.h"

#include <sys/syscall.h>

struct ptmem_error *tracee_repeat_syscall(pid_t tid, struct registers *registers)
{
	long number = arch->interrupted_syscall(registers);
	struct task_status status;

	if (number < 0 || number == SYS_close || !task_status_read(tid, &status) ||
		(status.pending & ~status.blocked))
		return NULL;
	arch->repeat_syscall(registers);
	return tracee_set_registers(tid, registers);
}

bool tracee_ignores(pid_t tid, int signal)
{
	struct task_status status;
	uint64_t bit = UINT64_C(1) << (signal - 1);
	bool standard = signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH;

	return task_status_read(tid, &status) &&
	       ((status.ignored & bit) || (standard && !(status.caught & bit)));
}

bool tracee_must_fault_alone(pid_t tid, int signal)
{
	struct task_status status;
	struct ptmem_error *error;
	siginfo_t info;

	if (signal != SIGSEGV && signal != SIGBUS && signal != SIGILL && signal != SIGFPE)
		return false;
	error = tracee_siginfo(tid, &info);
	if (error) {
		error_free(error);
		return false;
	}
	return info.si_code > 0 && task_status_read(tid, &status) && status.number == 1 &&
	       !(status.caught >> (signal - 1) & 1);
}
