/* A thread at a breakpoint, after a step, or about to get a signal. */
#include "engine/session_internal.h"

#include "target/ptrace.h"

/* main is reached: what moves outside of watched calls is no longer start-up. */
static struct ptmem_error *session_reach_begin(struct session *session, struct task *task)
{
	session->process.begun = true;
	if (!shadow_set_idle(&task->shadow, session->unwatched))
		return &error_no_memory;
	if (breakpoint_at(&session->process.breakpoints, session->process.begin)->entry !=
		BREAKPOINT_NONE)
		return NULL;
	breakpoint_drop_entry(&session->process.breakpoints, session->process.begin);
	return NULL;
}

static struct ptmem_error *session_on_ours(
	struct session *session, struct task *task, uint32_t index, struct registers *registers)
{
	uint64_t writes = session->process.breakpoints.writes;
	struct amounts reading;
	bool step = false;
	struct ptmem_error *error = session_account(session, task, &reading);

	if (!error && index == session->process.begin && !session->process.begun)
		error = session_reach_begin(session, task);
	if (!error)
		error = calls_stop(&session->process.calls, task, index, registers);
	if (!error)
		error = breakpoint_pass(
			&session->process.breakpoints, index, task->tid, registers, &step);
	if (!error && step) {
		task->stepping = index;
		session->result->steps++;
	}
	if (!error && session->process.breakpoints.writes != writes)
		error = session_own(session, task->tid, &reading);
	return error ? error : session_resume(session, task->tid, 0);
}

struct ptmem_error *session_on_breakpoint(
	struct session *session, struct task *task, const struct event *event)
{
	struct registers registers;
	struct target_address at;
	uint32_t index;
	struct ptmem_error *error = tracee_registers(task->tid, &registers);

	if (error)
		return error;
	at = address_plus(arch->pc(&registers), -(int64_t)arch->trap_advance);
	index = breakpoint_find(&session->process.breakpoints, at);
	if (index == BREAKPOINT_NONE ||
		!breakpoint_at(&session->process.breakpoints, index)->touched)
		return session_resume(session, task->tid, event->signal);
	return session_on_ours(session, task, index, &registers);
}

struct ptmem_error *session_on_step(
	struct session *session, struct task *task, const struct event *event)
{
	uint32_t index = task->stepping;
	struct registers registers;
	struct ptmem_error *error;

	if (index == BREAKPOINT_NONE)
		return session_resume(session, task->tid, event->signal);
	task->stepping = BREAKPOINT_NONE;
	error = tracee_registers(task->tid, &registers);
	if (!error)
		error = breakpoint_stepped(
			&session->process.breakpoints, index, task->tid, &registers);
	return error ? error : session_resume(session, task->tid, 0);
}

/* A signal that tells the program where it was must not tell it of a slot. */
static struct ptmem_error *session_fix_siginfo(
	const struct task *task, const struct registers *registers, struct target_address pc)
{
	siginfo_t info;
	struct ptmem_error *error = tracee_siginfo(task->tid, &info);

	if (error || info.si_code <= 0 || (info.si_signo != SIGILL && info.si_signo != SIGFPE) ||
		(uint64_t)info.si_addr != arch->pc(registers).value)
		return error;
	info.si_addr = (void *)pc.value;
	return tracee_set_siginfo(task->tid, &info);
}

/* A handler, or a core dump, sees the program's own code, even in the middle of a slot. */
struct ptmem_error *session_on_signal(
	struct session *session, struct task *task, const struct event *event)
{
	struct registers registers;
	struct target_address pc;
	uint32_t index;
	struct ptmem_error *error = tracee_registers(task->tid, &registers);

	if (error)
		return error;
	pc = arch->pc(&registers);
	index = breakpoint_leave_slot(&session->process.breakpoints, &pc);
	if (pc.value == arch->pc(&registers).value)
		return session_resume(session, task->tid, event->signal);
	task->stepping = BREAKPOINT_NONE;
	task->again = index;
	task->again_slot = arch->entry_slot(&registers);
	error = session_fix_siginfo(task, &registers, pc);
	if (!error)
		error = tracee_set_pc(task->tid, &registers, pc);
	return error ? error : session_resume(session, task->tid, event->signal);
}
