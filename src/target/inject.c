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
#include <unistd.h>

/* All of it, and more. */
#define VDSO_SIZE 16384

/* One step with every signal held back, so that only the step's own stop can come. */
static struct ptmem_error *step_undisturbed(pid_t tid)
{
	uint64_t mask;
	struct ptmem_error *error = tracee_signal_mask(tid, &mask);

	if (!error)
		error = tracee_set_signal_mask(tid, ~UINT64_C(0));
	if (!error)
		error = tracee_step(tid, 0);
	if (!error)
		error = wait_for_step(tid);
	return error ? error : tracee_set_signal_mask(tid, mask);
}

static struct ptmem_error *run_syscall(pid_t tid, const struct registers *before, long number,
	const uint64_t arguments[6], int64_t *result)
{
	struct registers registers = *before;
	struct ptmem_error *error;

	arch->set_syscall(&registers, number, arguments);
	error = tracee_set_registers(tid, &registers);
	if (!error)
		error = step_undisturbed(tid);
	if (!error)
		error = tracee_registers(tid, &registers);
	if (!error)
		*result = arch->syscall_result(&registers);
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
