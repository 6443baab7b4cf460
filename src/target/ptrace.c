/* ptrace(2), one function a request. */
#include "target/ptrace.h"

#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static struct ptmem_error *tracee_request(
	enum __ptrace_request request, pid_t tid, void *address, void *data, const char *what)
{
	if (ptrace(request, tid, address, data) != -1)
		return NULL;
	return errno == ESRCH ? &error_gone : error_errno(errno, "%s of thread %d", what, tid);
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

struct ptmem_error *tracee_resume(pid_t tid, int signal)
{
	return tracee_request(PTRACE_CONT, tid, NULL, signal_argument(signal), "resuming");
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
