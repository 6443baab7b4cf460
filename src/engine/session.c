/*
 * The session as a whole: launch, the loop (wait, classify, dispatch), and what is left when
 * it is over.
 */
#include "engine/session_internal.h"

#include "engine/names.h"
#include "engine/signals.h"
#include "engine/sources.h"
#include "profile/ledger.h"
#include "target/program.h"
#include "target/ptrace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Pages that a processor's share of a counter may be off by: percpu_counter_batch. */
#define PEAK_BATCH 32

void session_warn(struct session *session, struct ptmem_error *error)
{
	char **warnings = session->result->warnings;
	size_t last = sizeof session->result->warnings / sizeof *warnings - 1;

	for (size_t i = 0; i < last; i++)
		if (!warnings[i]) {
			warnings[i] = strdup(error->message);
			break;
		}
	error_free(error);
}

struct ptmem_error *session_account(
	struct session *session, struct task *task, struct amounts *reading)
{
	struct ptmem_error *error = process_read(&session->process, task->tid, reading);
	struct amounts moved;

	if (error_is(error, ERROR_GONE)) {
		*reading = session->profile->balance.end;
		amounts_add(
			reading, &session->profile->balance.footprint, session->profile->columns);
		return NULL;
	}
	if (error)
		return error;
	moved = ledger_move(session->profile, reading);
	shadow_charge(&task->shadow, &moved);
	if (reading->bytes[0] > session->highest)
		session->highest = reading->bytes[0];
	return NULL;
}

struct ptmem_error *session_own(struct session *session, pid_t tid, const struct amounts *reading)
{
	struct amounts after;
	struct ptmem_error *error = process_read(&session->process, tid, &after);

	if (!error)
		ledger_own(session->profile, reading, &after);
	return error;
}

/*
 * The peak, as the kernel kept it (0: not known) and as the readings saw it. From 6.2 on
 * the kernel keeps its own only to within some pages a processor, another figure each run;
 * a reading is exact, and where the two agree within that it is what repeats.
 */
static int64_t session_peak(const struct session *session)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	long batch = processors * 2 > PEAK_BATCH ? processors * 2 : PEAK_BATCH;
	int64_t slack = (int64_t)batch * processors * sysconf(_SC_PAGESIZE);
	int64_t kept = session->profile->peak;
	enum metric first = metric_of_column(session->profile->metric, 0);

	if (first != METRIC_RSS)
		return kept;
	return kept - session->highest > slack ? kept : session->highest;
}

struct ptmem_error *session_resume(struct session *session, pid_t tid, int signal)
{
	struct task *task = tasks_find(&session->tasks, tid);

	if (task && task->stepping != BREAKPOINT_NONE)
		return tracee_step(tid, signal);
	return tracee_resume(tid, signal);
}

static struct ptmem_error *session_dispatch(struct session *session, const struct event *event)
{
	struct task *task = tasks_find(&session->tasks, event->tid);
	bool ours = true;
	struct ptmem_error *error;

	if (!task && event->kind == EVENT_EXITED)
		return NULL;
	if (!task) {
		error = session_meet(session, event->tid, &ours);
		if (error || !ours)
			return error;
		task = tasks_find(&session->tasks, event->tid);
	}
	switch (event->kind) {
	case EVENT_EXITED:
		session_on_exited(session, task, event);
		return NULL;
	case EVENT_BREAKPOINT:
		return session_on_breakpoint(session, task, event);
	case EVENT_STEP:
		return session_on_step(session, task, event);
	case EVENT_SIGNAL:
		return session_on_signal(session, task, event);
	case EVENT_GROUP_STOP:
		return tracee_listen(task->tid);
	case EVENT_STOPPED:
	case EVENT_NEW_TASK:
		return session_resume(session, task->tid, 0);
	case EVENT_EXEC:
		return session_on_exec(session, task);
	case EVENT_EXITING:
		return session_on_exiting(session, task);
	}
	return NULL;
}

/* Waits, and says what came; event->tid is that of waiter_next(). */
static struct ptmem_error *session_next(struct session *session, struct event *event)
{
	siginfo_t info;
	int status;
	pid_t tid;
	struct ptmem_error *error = waiter_next(&session->waiter, &tid, &status);

	if (error)
		return error;
	if (tid > 0 && event_needs_siginfo(status))
		error = tracee_siginfo(tid, &info);
	if (error)
		return error;
	if (tid > 0)
		*event = event_classify(tid, status, &info);
	event->tid = tid;
	return NULL;
}

/* A tracee that dies in the middle of a stop will be reported by its end; the rest goes on. */
static struct ptmem_error *session_loop(struct session *session)
{
	struct event event = {0};
	struct ptmem_error *error = NULL;

	while (!error && session->tasks.count && event.tid >= 0) {
		error = session_next(session, &event);
		if (!error && event.tid > 0)
			error = session_dispatch(session, &event);
		if (error_is(error, ERROR_GONE))
			error = NULL;
	}
	return error;
}

static bool session_init(struct session *session)
{
	struct profile *profile = session->profile;

	session->startup = places_bracket_location(profile->places, "startup");
	session->unwatched = places_bracket_location(profile->places, "unwatched");
	session->exec = places_bracket_location(profile->places, "exec");
	waiter_init(&session->waiter);
	process_init(&session->process, profile, session->options->max_hits);
	return session->startup != UINT32_MAX && session->unwatched != UINT32_MAX &&
	       session->exec != UINT32_MAX;
}

static void session_deinit(struct session *session)
{
	free(session->mappings);
	waiter_deinit(&session->waiter);
	process_deinit(&session->process);
	images_deinit(&session->images);
	tasks_deinit(&session->tasks);
}

static struct ptmem_error *session_launch(struct session *session)
{
	const struct session_options *options = session->options;
	struct launch launch = {.argv = options->argv, .aslr = options->aslr, .thp = options->thp};
	char *path;
	struct ptmem_error *error = program_find(options->argv[0], &path);

	if (error)
		return error;
	launch.path = path;
	error = program_check(path);
	if (!error)
		error = launch_program(&launch, &session->process.pid);
	if (!error)
		error = session_add_task(
			session, session->process.pid, session->process.pid, "main");
	free(path);
	return error;
}

static void session_finish(struct session *session)
{
	struct session_result *result = session->result;

	result->calls = session->process.calls.entries;
	result->uncaught = session->process.calls.uncaught;
	session->profile->peak = session_peak(session);
	result->released = calls_released(&session->process.calls, &result->hottest);
}

static void session_end_recording(struct session *session)
{
	struct ptmem_error *error;

	if (!session->recorder)
		return;
	session->first->ended = session->has_ended;
	session->first->status = session->result->status;
	sources_read(session->profile->places);
	record_end(session->recorder, session->first, session->mappings, session->result);
	error = recorder_close(session->recorder);
	if (error)
		session_warn(session, error);
}

struct ptmem_error *session_run(const struct session_options *options, struct profiles *profiles,
	struct session_result *result)
{
	struct process_profile *first = profiles_add(profiles, options->metric, 0);
	struct session session = {.options = options, .result = result};
	struct signals signals;
	struct ptmem_error *error;

	*result = (struct session_result){.hottest = UINT32_MAX};
	if (!first)
		return &error_no_memory;
	session.first = first;
	session.profile = &first->profile;
	error = session_init(&session) ? session_launch(&session) : &error_no_memory;
	if (!error) {
		signals_begin(&signals, session.process.pid);
		error = session_loop(&session);
		if (error && !session.has_ended)
			wait_for_kill(session.process.pid);
		signals_end(&signals);
	}
	if (!error) {
		session_finish(&session);
		error = names_resolve(&session.images, session.profile);
	}
	session_end_recording(&session);
	session_deinit(&session);
	return error;
}

void session_result_deinit(struct session_result *result)
{
	for (size_t i = 0; i < sizeof result->warnings / sizeof *result->warnings; i++)
		free(result->warnings[i]);
	free(result->recording);
	*result = (struct session_result){0};
}
