/* A system call made by the target. */
#include "target/inject.h"

#include "arch/arch.h"
#include "target/ptrace.h"
#include "target/wait.h"

#include <signal.h>

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

struct ptmem_error *inject_syscall(pid_t tid, const struct target_memory *memory, long number,
	const uint64_t arguments[6], int64_t *result)
{
	uint8_t code[ARCH_INSTRUCTION_MAX];
	struct registers before;
	struct target_address pc;
	struct ptmem_error *error = tracee_registers(tid, &before);
	struct ptmem_error *restored;

	if (error)
		return error;
	pc = arch->pc(&before);
	error = target_read(memory, pc, code, arch->syscall_size);
	if (!error)
		error = target_write(memory, pc, arch->syscall_code, arch->syscall_size);
	if (error)
		return error;
	error = run_syscall(tid, &before, number, arguments, result);
	restored = target_write(memory, pc, code, arch->syscall_size);
	if (!restored)
		restored = tracee_set_registers(tid, &before);
	if (!error)
		return restored;
	error_free(restored);
	return error;
}
