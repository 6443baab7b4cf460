/* Where page faults are sampled, calls that give memory back. */
#include "engine/session_internal.h"

#include "target/bypass.h"

#include <sys/mman.h>

/* How far behind the break there may have been heap. */
#define HEAP_MAX (UINT64_C(4) << 30)

/* So many are unwound within less time than it takes to read samples. */
#define FRAMES_MAX 64

/* What a call gave back, as far as the pages are known that were there. */
static struct page_change given_back(
	struct resident *resident, enum mover_call call, const struct registers *registers)
{
	uint64_t arguments[6];
	int64_t result = arch->made_syscall(registers, arguments);

	switch (call) {
	case MOVER_UNMAPS:
		return result ? (struct page_change){0}
			      : resident_drop(resident, arguments[0], arguments[1]);
	case MOVER_ADVISES:
		resident->may_be_huge |= !result && (int)arguments[2] == MADV_HUGEPAGE;
		if (result || (int)arguments[2] != MADV_DONTNEED)
			break;
		return resident_drop(resident, arguments[0], arguments[1]);
	case MOVER_REMAPS:
		if (result < 0 && result > -(int64_t)PAGE_BYTES)
			break;
		return resident_move(
			resident, arguments[0], arguments[1], (uint64_t)result, arguments[2]);
	case MOVER_SETS_BREAK:
		return resident_drop(resident,
			((uint64_t)result + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1), HEAP_MAX);
	case MOVER_MAPS:
		if (result < 0 && result > -(int64_t)PAGE_BYTES)
			break;
		return resident_move(
			resident, (uint64_t)result, arguments[1], (uint64_t)result, arguments[1]);
	case MOVER_DETACHES:
	case MOVER_ADDS:
		break;
	}
	return (struct page_change){0};
}

struct ptmem_error *session_on_place(
	struct session *session, struct task *task, const struct sampled *sampled)
{
	struct process *process = task->process;
	struct page_change change =
		given_back(&process->resident, sampled->what, &sampled->registers);

	session_count_move(session, process);
	return change.anon || change.file ? session_on_change(session, task, sampled, change)
					  : NULL;
}

/* Where they are so many that the program would become slow, readings tell what was given back from
 * now on. */
void session_count_move(struct session *session, struct process *process)
{
	if (!movers_are_too_many(&process->movers, sampling_now()))
		return;
	movers_give_up(&process->movers, &process->breakpoints);
	sampling_drop_places(&session->sampling);
	process->resident.forgetful = true;
	session->result->given_up = true;
}

/* Others may be in the midst of the code that is changed. */
struct ptmem_error *session_spare_reserves(struct process *process, uint32_t index)
{
	struct ptmem_error *error = NULL;

	process->movers.reserved++;
	if (process->tasks == 1)
		error = bypass_make(&process->breakpoints, index, &process->movers.spares);
	return error;
}

/* Where the thread is that has just made the call. */
static struct registers behind_call(const struct registers *registers)
{
	struct registers here = *registers;

	arch->set_pc(&here, address_plus(arch->pc(&here), -(int64_t)arch->trap_advance));
	return here;
}

/* Its calls are on the shadow stack. */
static void charge(struct task *task, struct page_change change)
{
	struct amounts moved = session_expect(task->process, change);

	shadow_charge(&task->shadow, &moved);
}

struct ptmem_error *session_on_sampled_move(struct session *session, struct task *task,
	uint32_t index, const struct registers *registers, struct amounts *reading)
{
	struct process *process = task->process;
	struct page_change change =
		given_back(&process->resident, movers_call(&process->movers, index), registers);
	struct registers here = behind_call(registers);
	struct ptmem_error *error = NULL;

	if (change.anon || change.file) {
		error = session_bring_stopped(session, task, &here, true);
		charge(task, change);
	}
	if (!error)
		error = session_settle_samples(session, task, reading);
	session_count_move(session, process);
	return error;
}

/* What the others tell of, the kernel has to be asked for while it is there. */
static bool only_gives_back(enum mover_call call)
{
	return call == MOVER_UNMAPS || call == MOVER_ADVISES || call == MOVER_SETS_BREAK;
}

/* Whether a page was a huge one, the kernel has to be asked as well. */
bool session_only_moves(const struct session *session, const struct task *task, uint32_t index,
	const struct registers *registers)
{
	const struct process *process = task->process;

	return session->sampled && !session->leaving && process->begun && process->tasks == 1 &&
	       process->sampled_unwinder && task->stack.count <= FRAMES_MAX &&
	       !process->resident.has_huge &&
	       movers_may_have_moved(&process->movers, index, registers) &&
	       only_gives_back(movers_call(&process->movers, index)) &&
	       !movers_reserve_often(&process->movers);
}

/* As it was when the thread stood still, and all that came before has been taken since. */
static struct ptmem_error *take_move(struct session *session, struct task *task,
	enum mover_call call, const struct registers *registers)
{
	struct page_change change = given_back(&task->process->resident, call, registers);
	struct ptmem_error *error;

	if (!change.anon && !change.file)
		return NULL;
	error = sampled_replace(&task->stack, &session->still);
	if (!error)
		error = session_follow_stack(session, task, true);
	charge(task, change);
	return error;
}

/* What was read, and is less than what is known of by now: of the pages that a sample brought,
 * which the kernel is asked about, some have come since. The next reading tells. */
static bool is_overtaken(const struct profile *profile, const struct amounts *reading)
{
	struct amounts known = profile->balance.end;

	amounts_add(&known, &profile->balance.footprint, profile->columns);
	return reading->bytes[0] < known.bytes[0];
}

/* It goes on at once: samples that came before are taken while it runs, and those of after its stop
 * are left for later. */
struct ptmem_error *session_on_mere_move(
	struct session *session, struct task *task, uint32_t index, struct registers *registers)
{
	struct process *process = task->process;
	uint64_t now = sampling_now(), writes = process->breakpoints.writes;
	enum mover_call call = movers_call(&process->movers, index);
	struct registers here = behind_call(registers);
	struct amounts reading;
	struct ptmem_error *error = process_read(process, task->tid, &reading);

	sampled_stack_clear(&session->still);
	if (!error)
		error = session_look_at_stack(task, &here, &session->still);
	if (!error)
		error = session_pass(session, task, index, registers);
	session->goes_on = !error && process->breakpoints.writes == writes;
	if (session->goes_on)
		error = session_resume(session, task, 0);
	if (!error)
		error = session_take_samples_until(session, now);
	if (!error)
		error = take_move(session, task, call, &here);
	if (!error && !(session->goes_on && is_overtaken(process->profile, &reading)))
		error = session_settle_reading(session, task, &reading);
	session_count_move(session, process);
	if (error || session->goes_on)
		return error;
	error = session_own(session, task, &reading, process->breakpoints.writes - writes);
	return error ? error : session_resume(session, task, 0);
}
