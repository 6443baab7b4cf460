/*
 * A process that runs already, observed: its page faults are sampled, and nothing of it is
 * traced, stopped or changed. It is read what it has loaded when it maps files; its memory is
 * read again and again, and what is less than the samples tell was given back, nobody knows
 * where.
 */
#include "engine/session_internal.h"

#include "engine/signals.h"
#include "profile/ledger.h"
#include "target/threads.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ms between two readings. */
#define PERIOD 50

/* Looks for threads that began while others were being added. */
#define LOOKS_MAX 100

/* Bytes that a reading and the samples may differ by while the process runs: what is on its way. */
#define ON_ITS_WAY (INT64_C(256) << 10)

/* So often it is looked at last, ms apart, until what is on its way has come. */
#define LAST_LOOKS 10
#define LAST_APART 2

static struct ptmem_error *observe_thread(struct session *session, pid_t tid)
{
	struct process *process = session->processes.items[0];
	struct task_status status = {.name = "?"};

	if (tasks_find(&session->tasks, tid))
		return NULL;
	task_status_read(tid, &status);
	return session_add_task(session, process, tid, process->pid, status.name, NULL);
}

/* One that ends meanwhile needs no event. */
static struct ptmem_error *sample_thread(struct session *session, pid_t tid)
{
	struct ptmem_error *error = session->sampled ? sampling_add(&session->sampling, tid)
						     : session_sample(session, tid);

	if (!error)
		return observe_thread(session, tid);
	if (!error_is(error, ERROR_GONE))
		return error;
	error_free(error);
	return NULL;
}

/*
 * Those that were made by a thread which is sampled already are sampled as well, and the kernel
 * has told of them; all others are added.
 */
static struct ptmem_error *sample_threads(struct session *session, bool *added)
{
	struct threads threads = {0};
	struct ptmem_error *error = threads_read(session->pid, &threads);

	if (!error)
		error = session_take_samples(session);
	*added = false;
	for (size_t i = 0; !error && i < threads.count; i++) {
		if (tasks_find(&session->tasks, threads.items[i]))
			continue;
		*added = true;
		error = sample_thread(session, threads.items[i]);
	}
	vec_deinit(&threads);
	return error;
}

static struct ptmem_error *begin_measuring(struct session *session, struct process *process)
{
	struct amounts reading;
	struct ptmem_error *error = session_know_pages(session, process);

	if (!error)
		error = process_read(process, process->pid, &reading);
	if (error)
		return error;
	process->armed = true;
	session_record(session, process);
	ledger_start(process->profile, &reading);
	return NULL;
}

struct ptmem_error *session_observe(struct session *session)
{
	struct process *process = session->processes.items[0];
	struct ptmem_error *error;
	bool added = true;

	session->observed = true;
	process->pid = process->record->pid = session->pid;
	error = session_open_program(session, process, false);
	if (!error)
		error = session_check_running(session);
	for (int i = 0; !error && added && i < LOOKS_MAX; i++)
		error = sample_threads(session, &added);
	if (!error)
		error = begin_measuring(session, process);
	if (error_is(error, ERROR_GONE) || (!error && !session->tasks.count))
		return error_new(
			ERROR_SYSTEM, "attaching to process %d: it has ended", session->pid);
	return error;
}

struct ptmem_error *session_observe_task(struct session *session, const struct sampled *sampled)
{
	struct process *process = session->processes.items[0];
	struct task *task = tasks_find(&session->tasks, sampled->tid);

	if (sampled->pid != session->pid && sampled->kind == SAMPLED_FORK)
		resident_fork(&process->resident, session->pid);
	if (sampled->pid != session->pid)
		return NULL;
	if (sampled->kind == SAMPLED_FORK)
		return observe_thread(session, sampled->tid);
	/* What is left is charged to the last one. */
	if (task && session->tasks.count > 1)
		session_remove_task(session, task);
	return NULL;
}

/* Reads the memory, and says by how much it differs from what the samples tell. */
static struct ptmem_error *compare(struct session *session, struct amounts *reading, int64_t *rest)
{
	struct process *process = session->processes.items[0];
	const struct profile *profile = process->profile;
	struct ptmem_error *error = process_read(process, process->pid, reading);
	struct amounts difference;

	if (!error)
		error = session_take_samples(session);
	if (error)
		return error;
	session_keep_end(session->tasks.items[0]);
	difference = *reading;
	amounts_subtract(&difference, &profile->balance.end, profile->columns);
	amounts_subtract(&difference, &profile->balance.footprint, profile->columns);
	*rest = difference.bytes[0];
	return NULL;
}

static bool is_on_its_way(int64_t rest)
{
	return rest > -ON_ITS_WAY && rest < 2 * ON_ITS_WAY;
}

static struct ptmem_error *charge_rest(struct session *session, const struct amounts *reading)
{
	struct task *task = session->tasks.items[0];
	struct amounts rest = ledger_move(session->processes.items[0]->profile, reading);

	return shadow_charge_aside(&task->shadow, session_rest_bracket(session, &rest), &rest)
		       ? NULL
		       : &error_no_memory;
}

/*
 * A large mapping goes in milliseconds, all of which a reading may be in the midst of, before there
 * is a sample of it. So what is charged is what the last looks agree on, and no look knows of
 * again.
 */
static int64_t agreed(struct session *session, int64_t rest)
{
	int64_t least = rest;

	session->rests[session->looks++ % RESTS] = rest;
	for (unsigned i = 0; i < RESTS; i++) {
		if ((session->rests[i] < 0) != (rest < 0))
			return 0;
		if (llabs(session->rests[i]) < llabs(least))
			least = session->rests[i];
	}
	if (is_on_its_way(least))
		return 0;
	for (unsigned i = 0; i < RESTS; i++)
		session->rests[i] -= least;
	return least;
}

/* Rings fill more often than it is looked at. */
static struct ptmem_error *observe_memory(struct session *session, uint64_t *next)
{
	struct amounts reading;
	int64_t rest = 0, unknown;
	struct ptmem_error *error;

	if (sampling_now() < *next)
		return session_take_samples(session);
	*next = sampling_now() + PERIOD * UINT64_C(1000000);
	error = compare(session, &reading, &rest);
	unknown = error ? 0 : agreed(session, rest);
	if (!unknown)
		return error;
	reading.bytes[0] += unknown - rest;
	return charge_rest(session, &reading);
}

static struct ptmem_error *observe_last(struct session *session)
{
	struct amounts reading;
	int64_t rest = 0;
	struct ptmem_error *error = compare(session, &reading, &rest);

	for (int i = 1; !error && !is_on_its_way(rest) && i < LAST_LOOKS; i++) {
		poll(NULL, 0, LAST_APART);
		error = compare(session, &reading, &rest);
	}
	return error ? error : charge_rest(session, &reading);
}

static void observe_end(struct session *session)
{
	session->processes.items[0]->record->ended = true;
	session->has_ended = true;
	session->result->status = 0;
}

/* Until it ends, or is to be let go. */
struct ptmem_error *session_observe_loop(struct session *session)
{
	struct pollfd end = {
		.fd = (int)syscall(SYS_pidfd_open, session->pid, 0),
		.events = POLLIN,
	};
	struct ptmem_error *error = NULL;
	uint64_t next = 0;

	if (end.fd < 0)
		return error_errno(errno, "watching for the end of process %d", session->pid);
	while (!error && !signals_ask_to_leave()) {
		sampling_wait(&session->sampling, &end);
		error = observe_memory(session, &next);
		if (!error && (end.revents & POLLIN))
			break;
	}
	if (error_is(error, ERROR_GONE) || (end.revents & POLLIN)) {
		error_free(error);
		error = session_take_samples(session);
		observe_end(session);
	}
	close(end.fd);
	return error;
}

void session_observe_leave(struct session *session)
{
	if (!session->has_ended && session->tasks.count) {
		error_free(observe_last(session));
		session_keep_end(session->tasks.items[0]);
		session->result->let_go++;
	}
}
