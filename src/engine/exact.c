/* A thread at a page fault, where each is a stop. */
#include "engine/session_internal.h"

#include "engine/frames.h"
#include "target/ptrace.h"

#include <signal.h>

#define TRAP_BIT (UINT64_C(1) << (SIGTRAP - 1))

/*
 * The child of a vfork is let go when it executes a program, in a system call: a fault that the
 * kernel took for it there would kill it afterwards.
 */
void session_watch_faults(struct session *session, struct task *task)
{
	bool is_guest = task->group != task->process->pid;
	struct ptmem_error *error;

	if (!session->exact || session->leaving || !task->process->armed ||
		task->fault_event.fd >= 0)
		return;
	error = fault_event_open(task->tid, !is_guest, &task->fault_event);
	if (error_is(error, ERROR_GONE))
		error_free(error);
	else if (error && session->blind)
		error_free(error);
	else if (error) {
		session->blind = true;
		session_warn(session, error);
	}
}

void session_watch_all_faults(struct session *session, struct process *process)
{
	for (size_t i = 0; i < session->tasks.count; i++)
		if (session->tasks.items[i]->process == process)
			session_watch_faults(session, session->tasks.items[i]);
}

static bool has_grown(const struct amounts *share, unsigned columns)
{
	for (unsigned i = 0; i < columns; i++)
		if (share->bytes[i] > 0)
			return true;
	return false;
}

/* In its own code, for who reads stacks. */
static struct registers in_own_code(const struct task *task, const struct registers *registers)
{
	struct registers own = *registers;

	breakpoint_leave_slot(&task->process->breakpoints, &own);
	return own;
}

struct ptmem_error *session_charge_here(struct task *task, const struct registers *registers,
	const struct amounts *share, bool grew)
{
	struct process *process = task->process;
	struct registers own = in_own_code(task, registers);
	struct frames_found found = {0};
	struct ptmem_error *error = NULL;

	/* A program that cannot be read has no functions. */
	if (!process->sampled_unwinder) {
		shadow_charge(&task->shadow, share);
		return NULL;
	}
	error = frames_look(process, task, &own, &found);
	if (!error && (!grew || has_grown(share, process->profile->columns)))
		error = frames_open(process, task, &found);
	if (!error)
		shadow_charge(&task->shadow, share);
	return error;
}

struct ptmem_error *session_on_move(struct session *session, struct task *task,
	const struct registers *registers, struct amounts *reading)
{
	struct registers here = *registers;
	struct amounts share;
	struct ptmem_error *error = session_take(session, task, false, reading, &share);

	if (error || amounts_are_zero(&share, task->process->profile->columns))
		return error;
	arch->set_pc(&here, address_plus(arch->pc(&here), -(int64_t)arch->trap_advance));
	return session_charge_here(task, &here, &share, false);
}

static struct ptmem_error *session_measure_fault(struct session *session, struct task *task)
{
	struct process *process = task->process;
	uint64_t writes = process->breakpoints.writes;
	struct registers registers;
	struct amounts reading, share;
	struct ptmem_error *error = session_take(session, task, true, &reading, &share);

	if (error || amounts_are_zero(&share, process->profile->columns))
		return error;
	error = tracee_registers(task->tid, &registers);
	if (!error)
		error = session_charge_here(task, &registers, &share, true);
	if (!error)
		writes = process->breakpoints.writes - writes;
	if (!error && writes)
		error = session_own(session, task, &reading, writes);
	return error;
}

struct ptmem_error *session_lend_trap(struct session *session, struct task *task, bool *pending)
{
	uint64_t mask;
	struct ptmem_error *error = tracee_has_trap(task->tid, pending);

	if (error || !*pending || !session->exact)
		return error;
	error = tracee_signal_mask(task->tid, &mask);
	if (error || !(mask & TRAP_BIT))
		return error;
	task->lent = true;
	return tracee_set_signal_mask(task->tid, mask & ~TRAP_BIT);
}

/* It is held back again. */
static struct ptmem_error *take_back_trap(struct task *task)
{
	uint64_t mask;
	struct ptmem_error *error = tracee_signal_mask(task->tid, &mask);

	task->lent = false;
	return error ? error : tracee_set_signal_mask(task->tid, mask | TRAP_BIT);
}

/* At a breakpoint that it ran into while SIGTRAP was held back: that is not reported by itself. */
static bool is_behind_trap(const struct task *task, const struct registers *registers)
{
	const struct breakpoints *breakpoints = &task->process->breakpoints;
	struct target_address at = address_plus(arch->pc(registers), -(int64_t)arch->trap_advance);
	uint32_t index = breakpoint_find(breakpoints, at);

	return index != BREAKPOINT_NONE && breakpoint_at(breakpoints, index)->touched;
}

struct ptmem_error *session_on_fault(
	struct session *session, struct task *task, const struct event *event)
{
	struct registers registers;
	struct ptmem_error *error = NULL;

	if (event->late) {
		error = tracee_registers(task->tid, &registers);
		if (!error && is_behind_trap(task, &registers))
			return session_on_breakpoint(session, task, event);
	}
	if (!error && task->lent)
		error = take_back_trap(task);
	if (!error && task->freed)
		return session_free_guest(session, task);
	if (!error && task->process->armed && !session->leaving)
		error = session_measure_fault(session, task);
	if (!error && task->process->armed && !session->leaving)
		session_check_limits(session, task);
	return error ? error : session_resume(session, task, 0);
}
