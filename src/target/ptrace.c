/* ptrace(2), one function a request. */
#include "target/ptrace.h"

#include <elf.h>
#include <errno.h>
#include <sys/uio.h>

#define PENDING_AT_ONCE 16

static struct ptmem_error *tracee_problem(pid_t tid, const char *what)
{
	return errno == ESRCH ? &error_gone : error_errno(errno, "%s of thread %d", what, tid);
}

static struct ptmem_error *tracee_request(
	enum __ptrace_request request, pid_t tid, void *address, void *data, const char *what)
{
	if (ptrace(request, tid, address, data) != -1)
		return NULL;
	return tracee_problem(tid, what);
}

static void *signal_argument(int signal)
{
	return (void *)(long)signal;
}

struct ptmem_error *tracee_registers(pid_t tid, struct registers *registers)
{
	struct iovec area = {.iov_base = &registers->native, .iov_len = sizeof registers->native};

	return tracee_request(
		PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &area, "reading registers");
}

struct ptmem_error *tracee_set_registers(pid_t tid, const struct registers *registers)
{
	struct registers copy = *registers;
	struct iovec area = {.iov_base = &copy.native, .iov_len = sizeof copy.native};

	return tracee_request(
		PTRACE_SETREGSET, tid, (void *)NT_PRSTATUS, &area, "setting registers");
}

struct ptmem_error *tracee_set_pc(pid_t tid, struct registers *registers, struct target_address pc)
{
	arch->set_pc(registers, pc);
	if (arch->pc_in_user_area < 0)
		return tracee_set_registers(tid, registers);
	return tracee_request(PTRACE_POKEUSER, tid, (void *)arch->pc_in_user_area, (void *)pc.value,
		"setting the pc");
}

struct ptmem_error *tracee_seize(pid_t tid, uintptr_t options)
{
	return tracee_request(PTRACE_SEIZE, tid, NULL, (void *)options, "tracing");
}

struct ptmem_error *tracee_set_options(pid_t tid, uintptr_t options)
{
	return tracee_request(PTRACE_SETOPTIONS, tid, NULL, (void *)options, "setting options");
}

struct ptmem_error *tracee_interrupt(pid_t tid)
{
	return tracee_request(PTRACE_INTERRUPT, tid, NULL, NULL, "stopping");
}

struct ptmem_error *tracee_event_message(pid_t tid, unsigned long *message)
{
	return tracee_request(PTRACE_GETEVENTMSG, tid, NULL, message, "reading the event");
}

/* A trap is the processor's doing, and queued for the thread alone. */
static bool is_trap(const siginfo_t *info)
{
	return info->si_signo == SIGTRAP && info->si_code > 0;
}

struct ptmem_error *tracee_has_trap(pid_t tid, bool *trap)
{
	siginfo_t pending[PENDING_AT_ONCE];
	struct __ptrace_peeksiginfo_args from = {.nr = PENDING_AT_ONCE};
	long got;

	*trap = false;
	do {
		got = ptrace(PTRACE_PEEKSIGINFO, tid, &from, pending);
		if (got < 0)
			return tracee_problem(tid, "reading the pending signals");
		for (long i = 0; i < got; i++)
			*trap |= is_trap(&pending[i]);
		from.off += (uint64_t)got;
	} while (got == PENDING_AT_ONCE && !*trap);
	return NULL;
}

struct ptmem_error *tracee_resume(pid_t tid, int signal)
{
	return tracee_request(PTRACE_CONT, tid, NULL, signal_argument(signal), "resuming");
}

struct ptmem_error *tracee_resume_to_syscall(pid_t tid, int signal)
{
	return tracee_request(PTRACE_SYSCALL, tid, NULL, signal_argument(signal), "resuming");
}

struct ptmem_error *tracee_step(pid_t tid, int signal)
{
	return tracee_request(PTRACE_SINGLESTEP, tid, NULL, signal_argument(signal), "stepping");
}

struct ptmem_error *tracee_listen(pid_t tid)
{
	return tracee_request(PTRACE_LISTEN, tid, NULL, NULL, "listening to the group stop");
}

struct ptmem_error *tracee_detach(pid_t tid, int signal)
{
	return tracee_request(PTRACE_DETACH, tid, NULL, signal_argument(signal), "detaching");
}

struct ptmem_error *tracee_siginfo(pid_t tid, siginfo_t *info)
{
	return tracee_request(PTRACE_GETSIGINFO, tid, NULL, info, "reading the signal");
}

struct ptmem_error *tracee_set_siginfo(pid_t tid, const siginfo_t *info)
{
	siginfo_t copy = *info;

	return tracee_request(PTRACE_SETSIGINFO, tid, NULL, &copy, "changing the signal");
}

struct ptmem_error *tracee_signal_mask(pid_t tid, uint64_t *mask)
{
	return tracee_request(
		PTRACE_GETSIGMASK, tid, (void *)sizeof *mask, mask, "reading the signal mask");
}

struct ptmem_error *tracee_set_signal_mask(pid_t tid, uint64_t mask)
{
	return tracee_request(
		PTRACE_SETSIGMASK, tid, (void *)sizeof mask, &mask, "setting the signal mask");
}
