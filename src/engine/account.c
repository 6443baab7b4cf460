/*
 * What a stop finds moved, and whose doing it was.
 *
 * One thread alone in its memory has moved all of it. Among several, page faults tell; see
 * profile/division.h. Asking every thread for its faults costs a microsecond each, so with
 * many threads that is not done at every stop.
 */
#include "engine/session_internal.h"

#include "base/clock.h"
#include "profile/ledger.h"

#include <sys/resource.h>

/* So many threads are always asked; more of them when that costs an eighth of the time. */
#define ASKED_ALWAYS 16
#define ASKED_SHARE 8

/* Of the descriptors that there may be, no more than half are kept back. */
#define RESERVED_FILES 256

/* Looks at the others' faults and the memory, and the faults between two that do not matter. */
#define LOOKS_MAX 8
#define FEW_FAULTS 8

/* Taken and not accounted for. A thread that cannot be asked any more has taken none. */
static uint64_t task_faults(struct task *task, bool settle)
{
	uint64_t faults = 0, new;
	struct ptmem_error *error =
		task->counter.fd < 0 ? &error_gone : fault_counter_read(&task->counter, &faults);

	if (error) {
		error_free(error);
		return 0;
	}
	new = faults > task->faults ? faults - task->faults : 0;
	if (settle)
		task->faults = faults;
	return new;
}

void session_settle_faults(struct task *task)
{
	task_faults(task, true);
}

/* Those of all other threads in this memory. One that has had its last stop comes for none. */
static uint64_t others_faults(struct session *session, const struct task *task)
{
	struct process *process = task->process;
	uint64_t start = clock_ns(), sum = 0;

	for (size_t i = 0; i < session->tasks.count; i++) {
		struct task *other = session->tasks.items[i];

		if (other != task && other->process == process && !other->exiting)
			sum += task_faults(other, false);
	}
	process->may_count = clock_ns() + (clock_ns() - start) * ASKED_SHARE;
	return sum;
}

/* What moved since the reading before. A task that is being killed may have no memory to read:
 * then nothing has moved. */
static struct ptmem_error *session_read(struct task *task, struct amounts *reading)
{
	struct process *process = task->process;
	struct profile *profile = process->profile;
	struct ptmem_error *error = process_read(process, task->tid, reading);
	struct amounts moved;

	if (error_is(error, ERROR_GONE)) {
		*reading = profile->balance.end;
		amounts_add(reading, &profile->balance.footprint, profile->columns);
		return NULL;
	}
	if (error)
		return error;
	moved = ledger_move(profile, reading);
	division_add(&process->division, &moved);
	process_see(process, process->source.resident);
	return NULL;
}

/*
 * The faults of the others, as of the reading. They run on meanwhile; where that shows, both
 * are looked at again, until they have hardly moved from one look to the next.
 */
static struct ptmem_error *session_ask_others(struct session *session, struct task *task,
	struct amounts *reading, uint64_t own, uint64_t *others)
{
	const struct division *division = &task->process->division;
	struct ptmem_error *error = NULL;
	uint64_t before;

	*others = others_faults(session, task);
	for (int i = 0;
		!error && i < LOOKS_MAX && *others && !division_agrees(division, own, *others);
		i++) {
		before = *others;
		error = session_read(task, reading);
		*others = others_faults(session, task);
		if (*others - before <= FEW_FAULTS)
			break;
	}
	return error;
}

/* Where each fault is a stop, the others' are as well: what there is beyond a thread's own, of as
 * much as they may have faulted for meanwhile, is theirs to take. */
static bool are_faults_stops(
	const struct session *session, const struct process *process, uint64_t own)
{
	const struct division *division = &process->division;
	int64_t most = (int64_t)(own + process->tasks) * division->page_size;

	/* What is left when a thread ends may have nobody who comes for it. */
	return session->exact && session->stop != EVENT_EXITING && process->tasks > 1 &&
	       division->weighed && division->pool.bytes[0] >= 0 && division->pool.bytes[0] <= most;
}

/* The task's share of what has moved. */
static struct ptmem_error *session_divide(struct session *session, struct task *task,
	bool faults_tell, struct amounts *reading, struct amounts *share)
{
	struct process *process = task->process;
	struct division *division = &process->division;
	uint64_t own = process->tasks < 2 ? 0 : task_faults(task, true), others = 0;
	struct ptmem_error *error = NULL;

	if (faults_tell && are_faults_stops(session, process, own)) {
		*share = division_take_own(division, own);
		return NULL;
	}
	if (process->tasks > ASKED_ALWAYS && clock_ns() < process->may_count &&
		!division_is_plain(division, own)) {
		*share = division_take_own(division, own);
		return NULL;
	}
	if (process->tasks > 1 && !division_is_plain(division, own))
		error = session_ask_others(session, task, reading, own, &others);
	if (!error)
		*share = division_take(division, own, others);
	return error;
}

struct ptmem_error *session_take(struct session *session, struct task *task, bool faults_tell,
	struct amounts *reading, struct amounts *share)
{
	struct ptmem_error *error = session_read(task, reading);

	return error ? error : session_divide(session, task, faults_tell, reading, share);
}

struct ptmem_error *session_account(
	struct session *session, struct task *task, struct amounts *reading)
{
	struct amounts share;
	struct ptmem_error *error;

	if (session->sampled)
		return session_settle_samples(session, task, reading);
	error = session_take(session, task, true, reading, &share);
	if (!error)
		shadow_charge(&task->shadow, &share);
	return error;
}

void session_take_rest(struct task *task)
{
	struct amounts rest = division_take(&task->process->division, 0, 0);

	if (!amounts_are_zero(&rest, task->process->profile->columns))
		shadow_charge(&task->shadow, &rest);
}

/* A write adds a page at most; so does reading code, but for what the kernel reads ahead. */
static void clamp(struct amounts *own, unsigned columns, int64_t most)
{
	for (unsigned i = 0; i < columns; i++) {
		if (own->bytes[i] > most)
			own->bytes[i] = most;
		if (own->bytes[i] < -most)
			own->bytes[i] = -most;
	}
}

struct ptmem_error *session_own(
	struct session *session, struct task *task, const struct amounts *reading, uint64_t writes)
{
	struct process *process = task->process;
	unsigned columns = process->profile->columns;
	struct amounts own;
	struct ptmem_error *error = process_read(process, task->tid, &own);

	if (error)
		return error;
	amounts_subtract(&own, reading, columns);
	/* Other threads may have moved memory meanwhile. */
	if (process->tasks > 1 && others_faults(session, task))
		clamp(&own, columns, (int64_t)writes * process->division.page_size);
	amounts_add(&own, reading, columns);
	ledger_own(process->profile, reading, &own);
	session_refresh_pages(session, process);
	return NULL;
}

/* Descriptors are left for what cannot be done without: new processes, files of /proc. */
static bool is_reserved(int fd)
{
	struct rlimit limit;
	rlim_t reserve;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return false;
	reserve = limit.rlim_cur / 2 < RESERVED_FILES ? limit.rlim_cur / 2 : RESERVED_FILES;
	return (rlim_t)fd >= limit.rlim_cur - reserve;
}

/* One that cannot be counted has what nobody else claims. */
void session_count_faults(struct task *task)
{
	struct ptmem_error *error = fault_counter_open(task->group, task->tid, &task->counter);

	if (!error && is_reserved(task->counter.fd))
		fault_counter_close(&task->counter);
	else if (!error)
		error = fault_counter_read(&task->counter, &task->faults);
	error_free(error);
}
