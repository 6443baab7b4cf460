/* A system call made by the target. */
#include "target/inject.h"

#include "arch/arch.h"
#include "target/maps.h"
#include "target/ptrace.h"
#include "target/status.h"
#include "target/wait.h"

#include <linux/auxvec.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Stops for system calls until that of ours begins: no more than the end of another before it. */
#define BEGINNINGS_MAX 3

/* All of it, and more. */
#define VDSO_SIZE 16384

/* As far as the next beginning or end of a system call. What cannot be held back is for later. */
static struct ptmem_error *run_to_syscall(pid_t tid, bool *stop)
{
	struct ptmem_error *error;
	int signal;

	do {
		error = tracee_resume_to_syscall(tid, 0);
		if (!error)
			error = wait_for_syscall(tid, &signal);
		*stop |= !error && signal == SIGSTOP;
	} while (!error && signal);
	return error;
}

/*
 * The end of the system call that the thread is in may come first (after an exec), and then
 * the kernel sets its result.
 */
static struct ptmem_error *run_syscall_with(
	pid_t tid, const struct registers *before, long number, int64_t *result, bool *stop)
{
	struct registers registers = *before;
	uint64_t arguments[6];
	struct ptmem_error *error = NULL;

	for (int i = 0; !error && i < BEGINNINGS_MAX; i++) {
		error = tracee_set_registers(tid, before);
		if (!error)
			error = run_to_syscall(tid, stop);
		if (!error)
			error = tracee_registers(tid, &registers);
		if (!error && arch->beginning_syscall(&registers, arguments) == number)
			break;
	}
	if (!error)
		error = run_to_syscall(tid, stop);
	if (!error)
		error = tracee_registers(tid, &registers);
	if (!error)
		*result = arch->syscall_result(&registers);
	return error;
}

/*
 * On to a stop of the kind that a system call which was interrupted is begun again from: at
 * the end of one, the kernel would hand the program what is meant for itself (ERESTARTSYS).
 */
static struct ptmem_error *run_to_stop(pid_t tid, bool *stop)
{
	struct ptmem_error *error = tracee_interrupt(tid);
	int signal = 0;

	while (!error && signal != -1) {
		error = tracee_resume(tid, 0);
		if (!error)
			error = wait_for_syscall(tid, &signal);
		*stop |= !error && signal == SIGSTOP;
	}
	return error;
}

/* With every signal held back that can be; one that stops the thread is sent once more. */
static struct ptmem_error *run_syscall(pid_t tid, const struct registers *before, long number,
	const uint64_t arguments[6], int64_t *result)
{
	struct registers registers = *before;
	bool stop = false;
	uint64_t mask;
	struct ptmem_error *error = tracee_signal_mask(tid, &mask);

	arch->set_syscall(&registers, number, arguments);
	if (!error)
		error = tracee_set_signal_mask(tid, ~UINT64_C(0));
	if (!error)
		error = run_syscall_with(tid, &registers, number, result, &stop);
	if (!error && arch->restarts_syscall(before))
		error = run_to_stop(tid, &stop);
	if (!error)
		error = tracee_set_signal_mask(tid, mask);
	if (stop)
		syscall(SYS_tkill, tid, SIGSTOP);
	return error;
}

struct target_address inject_find(const struct target_memory *memory)
{
	uint64_t start = target_auxv(memory->pid, AT_SYSINFO_EHDR);
	uint8_t code[VDSO_SIZE];
	size_t size =
		start ? target_read_some(memory, target_address(start), code, sizeof code) : 0;
	const uint8_t *found =
		size ? memmem(code, size, arch->syscall_code, arch->syscall_size) : NULL;

	return target_address(found ? start + (uint64_t)(found - code) : 0);
}

struct ptmem_error *inject_at(pid_t tid, struct target_address at, long number,
	const uint64_t arguments[6], int64_t *result)
{
	struct registers before, registers;
	struct ptmem_error *error = tracee_registers(tid, &before);
	struct ptmem_error *restored;

	if (error)
		return error;
	registers = before;
	arch->set_pc(&registers, at);
	error = run_syscall(tid, &registers, number, arguments, result);
	/* It may be another program by now. */
	if (error_is(error, ERROR_GONE))
		return error;
	restored = tracee_set_registers(tid, &before);
	if (!error)
		return restored;
	error_free(restored);
	return error;
}

/* The thread's own code is borrowed where there is none of the kernel's. */
static struct ptmem_error *inject_unconfined(pid_t tid, const struct target_memory *memory,
	long number, const uint64_t arguments[6], int64_t *result)
{
	struct target_address at = inject_find(memory);
	uint8_t code[ARCH_INSTRUCTION_MAX];
	struct registers registers;
	struct ptmem_error *error, *restored;

	if (at.value)
		return inject_at(tid, at, number, arguments, result);
	error = tracee_registers(tid, &registers);
	if (error)
		return error;
	at = arch->pc(&registers);
	error = target_read(memory, at, code, arch->syscall_size);
	if (!error)
		error = target_write(memory, at, arch->syscall_code, arch->syscall_size);
	if (error)
		return error;
	error = inject_at(tid, at, number, arguments, result);
	restored = target_write(memory, at, code, arch->syscall_size);
	if (!error)
		return restored;
	error_free(restored);
	return error;
}

/*
 * A program that confines its system calls may die of one that it never makes itself. What ptmem
 * is confined by as well, in a container, allows what is made here.
 */
static struct ptmem_error *suspend_filters(pid_t tid, uintptr_t options, bool *suspended)
{
	struct task_status status, own;
	struct ptmem_error *error;

	*suspended = false;
	if (!task_status_read(tid, &status) || !task_status_read(getpid(), &own))
		return &error_gone;
	if (status.filters <= own.filters)
		return NULL;
	error = tracee_set_options(tid, options | PTRACE_O_SUSPEND_SECCOMP);
	*suspended = !error;
	if (!error || error_is(error, ERROR_GONE))
		return error;
	error_free(error);
	return error_new(ERROR_SYSTEM,
		"process %d confines its system calls (seccomp), which only root may go around: "
		"run ptmem as root",
		status.process);
}

struct ptmem_error *inject_syscall(pid_t tid, uintptr_t options, const struct target_memory *memory,
	long number, const uint64_t arguments[6], int64_t *result)
{
	bool suspended;
	struct ptmem_error *error = suspend_filters(tid, options, &suspended);
	struct ptmem_error *restored;

	if (error)
		return error;
	error = inject_unconfined(tid, memory, number, arguments, result);
	restored = suspended ? tracee_set_options(tid, options) : NULL;
	if (!error)
		return restored;
	error_free(restored);
	return error;
}
