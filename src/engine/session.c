/*
 * The session as a whole: how it begins, the loop (wait, classify, dispatch), and what is
 * left when it is over.
 */
#include "engine/session_internal.h"

#include "engine/listing.h"
#include "engine/names.h"
#include "engine/signals.h"
#include "target/attach.h"
#include "target/privileges.h"
#include "target/program.h"
#include "target/ptrace.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

void session_warn(struct session *session, struct ptmem_error *error)
{
	char **warnings = session->result->warnings;

	error_keep(error, warnings, sizeof session->result->warnings / sizeof *warnings);
}

struct ptmem_error *session_resume(struct session *session, struct task *task, int signal)
{
	if (session->leaving)
		return session_let_go(session, task, signal);
	if (task->stepping != BREAKPOINT_NONE)
		return tracee_step(task->tid, signal);
	if (task->group != task->process->pid && !session->capable)
		return tracee_resume_to_syscall(task->tid, signal);
	return tracee_resume(task->tid, signal);
}

static struct ptmem_error *session_on_group_stop(
	struct session *session, struct task *task, int signal)
{
	struct ptmem_error *error = task->unmet ? session_greet(session, task, false) : NULL;

	if (error)
		return error;
	if (session->leaving)
		return session_let_go(session, task, 0);
	error = tracee_listen(task->tid);
	if (task->tid == session->pid)
		signals_stopped(signal);
	return error;
}

static struct ptmem_error *session_handle(
	struct session *session, struct task *task, const struct event *event)
{
	switch (event->kind) {
	case EVENT_EXITED:
		session_on_exited(session, task, event);
		return NULL;
	case EVENT_FAULT:
		return session_on_fault(session, task, event);
	case EVENT_BREAKPOINT:
		return session_on_breakpoint(session, task, event);
	case EVENT_STEP:
		return session_on_step(session, task, event);
	case EVENT_SIGNAL:
		return session_on_signal(session, task, event);
	case EVENT_HELD:
		return session_on_held(session, task, event);
	case EVENT_GROUP_STOP:
		return session_on_group_stop(session, task, event->signal);
	case EVENT_STOPPED:
		return session_on_stop(session, task);
	case EVENT_NEW_TASK:
		return session_on_new_task(session, task);
	case EVENT_EXEC:
		return session_on_exec(session, task);
	case EVENT_SYSCALL:
		return session_on_syscall(session, task);
	case EVENT_EXITING:
		return session_on_exiting(session, task);
	}
	return NULL;
}

/* A thread that has long been running is asked where it is before anything else; what it
 * stops for after an exec or on its way out is nothing of its old stack. */
static bool is_greeted(const struct event *event)
{
	return event->kind == EVENT_BREAKPOINT || event->kind == EVENT_SIGNAL ||
	       event->kind == EVENT_HELD || event->kind == EVENT_FAULT ||
	       event->kind == EVENT_STOPPED || event->kind == EVENT_NEW_TASK;
}

static void count_stop(struct session_result *result, enum event_kind kind)
{
	result->stops += kind != EVENT_EXITED;
	result->at_breakpoints += kind == EVENT_BREAKPOINT;
	result->at_faults += kind == EVENT_FAULT;
}

/* A tracee that dies in the middle of a stop will be reported by its end; the rest goes on. */
struct ptmem_error *session_dispatch(struct session *session, const struct event *event)
{
	struct task *task = tasks_find(&session->tasks, event->tid);
	/* At a breakpoint it depends on what for. */
	bool later = event->kind == EVENT_BREAKPOINT && task && !task->unmet;
	struct ptmem_error *error = later ? NULL : session_take_samples(session);

	session->stop = event->kind;
	session->goes_on = false;
	count_stop(session->result, event->kind);
	if (error)
		return error;
	if (!task && event->kind == EVENT_EXITED) {
		session_note_end(session, event);
		session_forget(session, event->tid);
	} else if (!task)
		error = session_meet(session, event->tid, &task);
	if (!error && task && task->unmet && is_greeted(event))
		error = session_greet(session, task, event->kind == EVENT_BREAKPOINT);
	if (!error && task)
		error = session_handle(session, task, event);
	if (!error_is(error, ERROR_GONE))
		return error;
	return NULL;
}

/* A tracee that dies before it could be asked will be reported by its end: no event. */
static struct ptmem_error *classify(pid_t tid, int status, struct event *event)
{
	siginfo_t info;
	struct ptmem_error *error = NULL;

	if (tid > 0 && event_needs_siginfo(status))
		error = tracee_siginfo(tid, &info);
	if (error_is(error, ERROR_GONE))
		tid = 0;
	else if (error)
		return error;
	if (tid > 0)
		*event = event_classify(tid, status, &info);
	event->tid = tid;
	return NULL;
}

struct ptmem_error *session_next(struct session *session, struct event *event)
{
	int status;
	pid_t tid;
	struct ptmem_error *error = waiter_next(&session->waiter, &tid, &status);

	return error ? error : classify(tid, status, event);
}

bool session_peek(struct event *event)
{
	int status;
	pid_t tid;

	if (!waiter_peek(&tid, &status))
		return false;
	error_free(classify(tid, status, event));
	return true;
}

static bool session_is_over(const struct session *session)
{
	if (!session->tasks.count && !session->expected.count && !session->parked.count)
		return true;
	return session->options->first && session->has_first;
}

static struct ptmem_error *session_loop(struct session *session)
{
	struct event event = {0};
	struct ptmem_error *error = NULL;

	while (!error && event.tid >= 0 && !session_is_over(session) && !signals_ask_to_leave() &&
		!session->broken) {
		error = session_next(session, &event);
		if (!error && event.tid > 0)
			error = session_dispatch(session, &event);
		else if (!error)
			error = session_take_samples(session);
		if (!error && (!event.tid || event.kind == EVENT_EXITING))
			session_name_ahead(session);
		if (error && event.tid > 0 && !session->goes_on)
			session->failed = event;
		if (signals_are_due())
			signals_pass_on();
	}
	return error;
}

/* Descriptors: a few for each process, and one for each thread, to count its page faults. What is
 * launched has its own limit by now. */
static void raise_file_limit(struct rlimit *before)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, before))
		return;
	limit = *before;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Where functions are named, it is their calls that were asked for. Samples tell of pages that
 * come, not of what is in them, or shared by how many. */
static bool wants_calls(const struct session_options *options)
{
	return options->funcs->count || options->max_hits_given || options->objects ||
	       (options->attach && options->follow) ||
	       (options->metric != METRIC_RSS && options->metric != METRIC_ANON);
}

/* What passes a limit is stopped there, which needs a stop at each fault. */
static bool has_limits(const struct session_options *options)
{
	return options->break_at || options->kill_at;
}

/* Faults, unless the kernel does not let us: then the run goes on by calls, and a line says why. */
static enum engine choose_engine(struct session *session)
{
	const struct session_options *options = session->options;
	struct ptmem_error *error;

	if (options->engine != ENGINE_AUTO)
		return options->engine;
	if (options->exact)
		return ENGINE_FAULTS;
	if (wants_calls(options))
		return ENGINE_BREAKPOINTS;
	error = has_limits(options) ? fault_event_try() : sampling_try();
	if (!error)
		return ENGINE_FAULTS;
	session_warn(session, error);
	return ENGINE_BREAKPOINTS;
}

static struct ptmem_error *session_init(struct session *session)
{
	struct places *places;

	session->capable = may_trace_privileged();
	session->engine = choose_engine(session);
	session->exact = session->engine == ENGINE_FAULTS &&
			 (session->options->exact || has_limits(session->options));
	session->result->exact = session->exact;
	session->result->engine = session->engine;
	waiter_init(&session->waiter);
	if (!session_add_process(session, 0))
		return &error_no_memory;
	if (session->options->lines && !profile_keep_lines(profiles_first(session->profiles)))
		return &error_no_memory;
	places = profiles_first(session->profiles)->places;
	session->images.places = places;
	receivers_init(&session->receivers, places, session->options->objects);
	session->images.libs = session->options->libs;
	session->images.stops_at_lines =
		session->engine == ENGINE_BREAKPOINTS && session->options->lines;
	session->images.symbols =
		session->options->symbols ? session->options->symbols : search_ours.options;
	session->startup = places_bracket_location(places, "startup");
	session->unwatched = places_bracket_location(places, "unwatched");
	session->exec = places_bracket_location(places, "exec");
	session->given_back = places_bracket_location(places, "given back");
	session->unmatched = places_bracket_location(places, "unmatched");
	session->lost = places_bracket_location(places, "lost");
	session->outside = places_bracket_location(places, "not measured");
	if (session->startup == UINT32_MAX || session->unwatched == UINT32_MAX ||
		session->exec == UINT32_MAX || session->given_back == UINT32_MAX ||
		session->unmatched == UINT32_MAX || session->lost == UINT32_MAX ||
		session->outside == UINT32_MAX)
		return &error_no_memory;
	if (session->engine == ENGINE_FAULTS)
		event_switch_begin(&session->event_switch);
	return session->exact ? fault_event_try() : NULL;
}

static void session_deinit(struct session *session)
{
	event_switch_end(&session->event_switch);
	sampling_close(&session->sampling);
	sampled_stack_deinit(&session->still);
	waiter_deinit(&session->waiter);
	tasks_deinit(&session->tasks);
	for (size_t i = 0; i < session->processes.count; i++)
		process_destroy(session->processes.items[i]);
	for (size_t i = 0; i < GRAVES; i++)
		process_destroy(session->graves[i]);
	vec_deinit(&session->processes);
	vec_deinit(&session->expected);
	vec_deinit(&session->parked);
	images_deinit(&session->images);
	receivers_deinit(&session->receivers);
}

static struct ptmem_error *session_launch(struct session *session)
{
	const struct session_options *options = session->options;
	struct launch launch = {.argv = options->argv, .aslr = options->aslr, .thp = options->thp};
	struct process *process = session->processes.items[0];
	char *path;
	struct ptmem_error *error = program_find(options->argv[0], &path);

	if (error)
		return error;
	launch.path = path;
	error = program_check(path);
	if (!error)
		launch.untraced = !session->capable && gives_privileges(path);
	if (!error)
		session_prepare_samples(session);
	if (!error)
		error = launch_program(&launch, &session->pid);
	if (!error && launch.untraced)
		session_warn(
			session, error_new(ERROR_SYSTEM,
					 "%s: runs unwatched, with the privileges that tracing "
					 "would take away: run ptmem as root",
					 path));
	free(path);
	if (error)
		return error;
	process->pid = process->record->pid = session->pid;
	session->has_begun = launch.untraced;
	if (launch.untraced)
		return NULL;
	return session_add_task(session, process, session->pid, session->pid, "main", NULL);
}

/* Asked whenever a signal ends the waiting. */
static bool had_enough(void)
{
	if (signals_are_due())
		signals_pass_on();
	return signals_insist();
}

/* What was launched runs on to its end, for its status; unless the user has had enough. */
static void session_await_end(struct session *session)
{
	if (session->options->attach || session->has_ended)
		return;
	/* Threads that come out of the kernel late are let go when they do. */
	while (session->tasks.count && !session->has_ended && !signals_insist()) {
		struct event event;
		struct ptmem_error *error = session_next(session, &event);

		if (!error && event.tid > 0)
			error = session_dispatch(session, &event);
		error_free(error);
		session_finish(session);
		if (signals_are_due())
			signals_pass_on();
	}
	if (session->has_ended)
		return;
	session->has_ended = !signals_insist() &&
			     wait_for_end(session->pid, &session->result->status, had_enough);
	if (!session->has_ended)
		session->result->status = SIGINT;
}

/* A program that has not begun to run need not begin. */
static void session_stop(struct session *session, struct ptmem_error *error)
{
	bool begun = session->options->attach || session->has_begun;

	if (error && !begun && !session->has_ended) {
		wait_for_kill(session->pid);
		session_end_samples(session);
		return;
	}
	if (session->observed)
		session_observe_leave(session);
	else
		session_leave(session);
	session_end_samples(session);
	session_debug(session);
	session_await_end(session);
	while (session->tasks.count)
		session_remove_task(session, session->tasks.items[0]);
	session->result->detached = !session->has_ended;
}

static struct ptmem_error *session_take_hold(struct session *session)
{
	if (session->engine == ENGINE_FAULTS && !session->exact)
		return session_observe(session);
	return session_attach(session);
}

/* What is listed line by line, and its text. What is not there was asked for in vain. */
static struct ptmem_error *session_list(struct session *session)
{
	const struct session_options *options = session->options;
	struct places *places = profiles_first(session->profiles)->places;
	struct ptmem_error *error;

	if (!options->lines)
		return NULL;
	error = listing_choose(session->profiles, options->lines);
	if (!error)
		error = listing_describe(&session->images, places);
	if (error)
		return error;
	error = listing_check(session->profiles, options->lines);
	if (error)
		session_warn(session, error);
	return NULL;
}

struct ptmem_error *session_run(const struct session_options *options, struct profiles *profiles,
	struct session_result *result)
{
	struct session session = {.options = options, .profiles = profiles, .result = result};
	struct signals signals;
	struct rlimit files;
	bool begun = false;
	struct ptmem_error *error;

	*result = (struct session_result){.hottest = UINT32_MAX};
	error = session_init(&session);
	if (!error)
		error = options->attach ? attach_check(options->attach, &session.pid)
					: session_launch(&session);
	if (!error) {
		raise_file_limit(&files);
		signals_begin(&signals, options->attach ? 0 : session.pid, options->duration);
		error = options->attach ? session_take_hold(&session) : NULL;
		if (!error)
			error = session.observed ? session_observe_loop(&session)
						 : session_loop(&session);
		session_stop(&session, error);
		begun = true;
	}
	if (!error)
		error = names_resolve(&session.images, profiles);
	if (!error)
		error = session_list(&session);
	if (!error)
		session_tell_unmatched(&session);
	if (!error)
		session_tell_unused_rules(&session);
	session_tell_problems(&session);
	if (!error)
		result->undescribed = session_undescribed(&session);
	session_end_recordings(&session);
	session_deinit(&session);
	if (begun) {
		setrlimit(RLIMIT_NOFILE, &files);
		signals_end(&signals);
	}
	return error;
}

void session_result_deinit(struct session_result *result)
{
	for (size_t i = 0; i < sizeof result->warnings / sizeof *result->warnings; i++)
		free(result->warnings[i]);
	free(result->recording);
	free(result->undescribed);
	*result = (struct session_result){0};
}
