/* A thread at a breakpoint, after a step, or about to get a signal. */
#include "engine/session_internal.h"

#include "engine/signals.h"
#include "target/ptrace.h"
#include "target/rendezvous.h"
#include "target/unnoticed.h"

/* main is reached: what moves outside of watched calls is no longer start-up. */
static struct ptmem_error *session_reach_begin(struct session *session, struct task *task)
{
	/* The dynamic linker may have unmapped something unseen: its functions are not always
	 * known. */
	if (session->sampled)
		resident_begin(&task->process->resident, task->process->pid, true);
	task->process->begun = true;
	if (!shadow_set_idle(&task->shadow, session->unwatched))
		return &error_no_memory;
	breakpoint_unmark(&task->process->breakpoints, task->process->begin);
	return NULL;
}

/* What has come or gone is read; a program that was waiting for what it is linked with begins. */
static struct ptmem_error *session_meet_objects(struct session *session, struct process *process)
{
	struct ptmem_error *error = session_load(session, process);

	session_doubt_anchors(session, process);
	if (!error && process->waits)
		error = session_check_patterns(session);
	if (!error && process->waits)
		session_start(session, process);
	return error;
}

/* What a stop of ours means for what is measured. */
static struct ptmem_error *session_measure_stop(struct session *session, struct task *task,
	uint32_t index, struct registers *registers, struct amounts *reading)
{
	struct process *process = task->process;
	bool objects = !session->leaving &&
		       (process->waits || (index == process->rendezvous &&
						  rendezvous_is_consistent(&process->memory)));
	bool again = calls_is_again(task, index, registers);
	struct ptmem_error *error = objects ? session_meet_objects(session, process) : NULL;

	if (!error && process->armed && movers_may_have_moved(&process->movers, index, registers))
		error = session->sampled
				? session_on_sampled_move(session, task, index, registers, reading)
				: session_on_move(session, task, registers, reading);
	else if (!error)
		error = session_account(session, task, reading);
	if (!error && objects)
		error = session_plant(session, process, task->tid, false);
	if (!error && index == process->begin && !process->begun)
		error = session_reach_begin(session, task);
	if (!error && !session->leaving && !again)
		scope_stop(&process->scope, process->profile, index, session->outside);
	if (!error && !session->leaving && !session->sampled)
		error = calls_stop(&process->calls, task, index, registers);
	if (!error && !session->leaving && !again)
		error = statements_meet_unwinder(&process->statements, &process->calls,
			&process->objects, &session->images, index, registers);
	if (!error && !session->leaving && !again)
		statements_stop(&process->statements, &process->calls, task, index, registers);
	return error;
}

/* The dynamic linker is in the midst of loading what a program is linked with. */
static bool session_is_too_early(const struct process *process, uint32_t index)
{
	return process->waits && index == process->rendezvous &&
	       !rendezvous_is_consistent(&process->memory);
}

/*
 * A stop that tells of nothing while samples are taken: those that have come are left for when the
 * program runs on.
 */
static bool session_passes_by(struct session *session, struct process *process, uint32_t index,
	const struct registers *registers)
{
	bool reserves = movers_only_reserves(&process->movers, index, registers);

	return reserves && session->sampled && process->armed && !session->leaving &&
	       !movers_reserve_often(&process->movers);
}

struct ptmem_error *session_pass(
	struct session *session, struct task *task, uint32_t index, struct registers *registers)
{
	bool step = false;
	struct ptmem_error *error =
		breakpoint_pass(&task->process->breakpoints, index, task->tid, registers, &step);

	if (!error && step) {
		task->stepping = index;
		session->result->steps++;
	}
	return error;
}

static struct ptmem_error *session_go_on(
	struct session *session, struct task *task, uint32_t index, struct registers *registers)
{
	struct ptmem_error *error = session_pass(session, task, index, registers);

	return error ? error : session_resume(session, task, 0);
}

static struct ptmem_error *session_pass_by(
	struct session *session, struct task *task, uint32_t index, struct registers *registers)
{
	session_count_move(session, task->process);
	return session_go_on(session, task, index, registers);
}

static struct ptmem_error *session_on_ours(
	struct session *session, struct task *task, uint32_t index, struct registers *registers)
{
	struct process *process = task->process;
	uint64_t writes = process->breakpoints.writes + process->calls.living.reads;
	bool early = session_is_too_early(process, index);
	struct amounts reading;
	struct ptmem_error *error =
		early ? NULL : session_measure_stop(session, task, index, registers, &reading);

	if (!error)
		error = session_pass(session, task, index, registers);
	if (!error && movers_reserve_often(&process->movers) && !session->leaving)
		error = session_spare_reserves(process, index);
	writes = process->breakpoints.writes + process->calls.living.reads - writes;
	if (!error && !early && writes)
		error = session_own(session, task, &reading, writes);
	if (!error && process->armed && !session->leaving)
		session_check_limits(session, task);
	return error ? error : session_resume(session, task, 0);
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
	index = breakpoint_find(&task->process->breakpoints, at);
	if (index == BREAKPOINT_NONE || !breakpoint_at(&task->process->breakpoints, index)->touched)
		return session_resume(session, task, event->signal);
	if (session_passes_by(session, task->process, index, &registers))
		return session_pass_by(session, task, index, &registers);
	if (session_only_moves(session, task, index, &registers))
		return session_on_mere_move(session, task, index, &registers);
	error = session_take_samples(session);
	if (!error && session_meet_anchor(session, task, index, &registers))
		return session_go_on(session, task, index, &registers);
	return error ? error : session_on_ours(session, task, index, &registers);
}

struct ptmem_error *session_on_step(
	struct session *session, struct task *task, const struct event *event)
{
	uint32_t index = task->stepping;
	struct registers registers;
	struct ptmem_error *error;

	if (index == BREAKPOINT_NONE)
		return session_resume(session, task, event->signal);
	task->stepping = BREAKPOINT_NONE;
	error = tracee_registers(task->tid, &registers);
	if (!error)
		error = breakpoint_stepped(
			&task->process->breakpoints, index, task->tid, &registers);
	return error ? error : session_resume(session, task, 0);
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

struct ptmem_error *session_leave_slot(
	struct task *task, struct registers *registers, struct target_address *pc)
{
	struct target_address in_slot = arch->pc(registers);
	uint32_t index = breakpoint_leave_slot(&task->process->breakpoints, registers);

	*pc = arch->pc(registers);
	if (pc->value == in_slot.value)
		return NULL;
	task->stepping = BREAKPOINT_NONE;
	task->again = index;
	task->again_slot = arch->entry_slot(registers);
	return tracee_set_registers(task->tid, registers);
}

struct ptmem_error *session_on_stop(struct session *session, struct task *task)
{
	struct registers registers;
	struct ptmem_error *error = tracee_registers(task->tid, &registers);

	if (!error)
		error = session_move_anchor(session, task, &registers);
	if (!error)
		error = tracee_repeat_syscall(task->tid, &registers);
	return error ? error : session_resume(session, task, 0);
}

static struct ptmem_error *session_fault_alone(struct session *session, struct task *task)
{
	struct amounts reading;
	pid_t tid = task->tid;
	struct ptmem_error *error = session_account(session, task, &reading);

	if (error)
		return error;
	session_keep_end(task);
	session_remove_task(session, task);
	return session_free_thread(session, tid, 0);
}

/* A signal to the program that was launched may be one that ptmem has got as well, or stop it. */
static struct ptmem_error *session_note_signal(
	const struct session *session, const struct task *task, int signal)
{
	siginfo_t info;
	struct ptmem_error *error;

	if (task->group != session->pid || session->options->attach ||
		(!signals_are_due() && signal != SIGSTOP && signal != SIGTSTP))
		return NULL;
	error = tracee_siginfo(task->tid, &info);
	if (!error)
		signals_note(signal, info.si_code == SI_KERNEL ? 0 : info.si_pid);
	return error;
}

/* A handler, or a core dump, sees the program's own code, even in the middle of a slot. */
struct ptmem_error *session_on_signal(
	struct session *session, struct task *task, const struct event *event)
{
	struct registers registers, before;
	struct target_address pc;
	struct ptmem_error *error = session_note_signal(session, task, event->signal);

	if (!error)
		error = tracee_registers(task->tid, &registers);
	if (error)
		return error;
	before = registers;
	error = session_leave_slot(task, &registers, &pc);
	if (!error && tracee_must_fault_alone(task->tid, event->signal))
		return session_fault_alone(session, task);
	if (!error && arch->interrupted_syscall(&registers) >= 0 &&
		tracee_ignores(task->tid, event->signal))
		error = tracee_repeat_syscall(task->tid, &registers);
	if (!error && pc.value != arch->pc(&before).value)
		error = session_fix_siginfo(task, &before, pc);
	if (!error)
		error = session_sample_interrupted(session, task, &registers);
	return error ? error : session_resume(session, task, event->signal);
}

/* All that had come has been taken by now. What the kernel was doing for it goes on. */
struct ptmem_error *session_on_held(
	struct session *session, struct task *task, const struct event *event)
{
	struct registers registers;
	struct ptmem_error *error;

	if (!session->brakes)
		return session_on_signal(session, task, event);
	session->result->held += session->sampling.wanted != task->tid;
	sampling_unwant(&session->sampling, task->tid);
	error = tracee_registers(task->tid, &registers);
	if (!error && task->anchor.wish != ANCHOR_STAYS)
		error = session_move_anchor(session, task, &registers);
	if (!error)
		error = tracee_repeat_syscall(task->tid, &registers);
	return error ? error : session_resume(session, task, 0);
}
