/* Memory over time: how it begins, the loop, and how it ends. */
#include "timeline/timeline_internal.h"

#include "base/clock.h"
#include "engine/signals.h"
#include "target/launch.h"
#include "target/privileges.h"
#include "target/program.h"
#include "target/ptrace.h"
#include "target/wait.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000u

uint64_t timeline_now(void)
{
	return clock_ns();
}

void timeline_warn(struct timeline *timeline, struct ptmem_error *error)
{
	char **warnings = timeline->result->warnings;

	error_keep(error, warnings, sizeof timeline->result->warnings / sizeof *warnings);
}

void timeline_result_deinit(struct timeline_result *result)
{
	for (size_t i = 0; i < sizeof result->warnings / sizeof *result->warnings; i++)
		free(result->warnings[i]);
	*result = (struct timeline_result){0};
}

double timeline_epoch(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / NS - (double)timeline_now() / NS;
}

/* What may not be traced is read all the same. */
static struct ptmem_error *start(struct timeline *timeline, struct launch *launch)
{
	struct ptmem_error *error = launch_program(launch, &timeline->pid);

	if (!launch->untraced && error_is(error, ERROR_SYSTEM)) {
		timeline_warn(timeline,
			error_new(ERROR_SYSTEM,
				"%s; so ends are not sampled, and short children may be missed",
				error->message));
		error_free(error);
		launch->untraced = true;
		error = launch_program(launch, &timeline->pid);
	}
	timeline->traced = timeline->result->traced = !launch->untraced;
	return error;
}

static struct ptmem_error *launch(struct timeline *timeline)
{
	struct launch launch = {.argv = timeline->options->argv, .aslr = true};
	char *path;
	struct ptmem_error *error = program_find(launch.argv[0], &path);

	if (error)
		return error;
	launch.path = path;
	error = program_check(path);
	launch.untraced = !may_trace_privileged() && gives_privileges(path);
	if (!error)
		error = start(timeline, &launch);
	free(path);
	if (!error)
		error = family_add(&timeline->family, timeline->pid, 0, false, NULL);
	if (!error && timeline->traced)
		error = timeline_add_tracee(timeline, timeline->pid, timeline->pid);
	return error;
}

static struct ptmem_error *attach(struct timeline *timeline)
{
	struct member *member;
	struct ptmem_error *error;

	timeline->pid = timeline->options->attach;
	error = family_add(&timeline->family, timeline->pid, 0, true, &member);
	if (!error)
		timeline->fds[WAIT_END] = member->end;
	if (error_is(error, ERROR_GONE))
		return error_new(ERROR_SYSTEM, "attaching to process %d: there is no such process",
			timeline->pid);
	return error;
}

struct ptmem_error *timeline_begin(struct timeline *timeline)
{
	struct ptmem_error *error;

	timeline->result->begun = true;
	error = timeline->options->begin ? timeline->options->begin(timeline->options->context)
					 : NULL;
	return error ? error : timeline_sample(timeline);
}

/* From a first time on, and at whole intervals from there. */
struct ptmem_error *timeline_begin_timer(struct timeline *timeline)
{
	double interval = timeline->options->interval;
	struct timespec period = {.tv_sec = (time_t)interval,
		.tv_nsec = (long)((interval - (double)(time_t)interval) * NS)};
	uint64_t first = timeline_now() + (uint64_t)(interval * NS);
	struct itimerspec times = {.it_interval = period,
		.it_value = {.tv_sec = (time_t)(first / NS), .tv_nsec = (long)(first % NS)}};
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	timeline->fds[WAIT_TIMER] = timer;
	if (timer < 0 || timerfd_settime(timer, TFD_TIMER_ABSTIME, &times, NULL))
		return error_errno(errno, "setting a timer");
	return NULL;
}

/* What stops or ends is read about; what did before is asked for at once. */
static struct ptmem_error *watch_children(struct timeline *timeline)
{
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	timeline->fds[WAIT_CHILDREN] = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (timeline->fds[WAIT_CHILDREN] < 0)
		return error_errno(errno, "waiting for the program");
	return timeline_take_events(timeline);
}

static struct ptmem_error *begin_waiting(struct timeline *timeline)
{
	timeline->waits = epoll_create1(EPOLL_CLOEXEC);
	if (timeline->waits < 0)
		return error_errno(errno, "waiting for the program");
	for (unsigned i = 0; i < WAIT_COUNT; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

		if (timeline->fds[i] >= 0 &&
			epoll_ctl(timeline->waits, EPOLL_CTL_ADD, timeline->fds[i], &event))
			return error_errno(errno, "waiting for the program");
	}
	return NULL;
}

/* One that dies before it could be asked will be reported by its end. */
static struct ptmem_error *take_event(struct timeline *timeline, pid_t tid, int status)
{
	siginfo_t info;
	struct event event;
	struct ptmem_error *error = event_needs_siginfo(status) ? tracee_siginfo(tid, &info) : NULL;

	if (error)
		return error_is(error, ERROR_GONE) ? NULL : error;
	event = event_classify(tid, status, &info);
	error = timeline_dispatch(timeline, &event);
	if (error)
		timeline->failed = event;
	return error;
}

struct ptmem_error *timeline_take_events(struct timeline *timeline)
{
	int options = __WALL | WNOHANG | (timeline->traced ? 0 : WUNTRACED);
	struct signalfd_siginfo info;
	struct ptmem_error *error = NULL;
	int status;
	pid_t tid;

	while (read(timeline->fds[WAIT_CHILDREN], &info, sizeof info) > 0)
		;
	while (!error && (tid = waitpid(-1, &status, options)) > 0) {
		if (!timeline->traced && WIFSTOPPED(status))
			signals_stopped(WSTOPSIG(status));
		else
			error = take_event(timeline, tid, status);
	}
	return error;
}

static struct ptmem_error *wait_once(struct timeline *timeline)
{
	struct epoll_event event;
	uint64_t expired;
	int count = epoll_wait(timeline->waits, &event, 1, -1);

	if (count <= 0)
		return count == 0 || errno == EINTR ? NULL
						    : error_errno(errno, "waiting for the program");
	if (event.data.u32 == WAIT_CHILDREN)
		return timeline_take_events(timeline);
	if (event.data.u32 == WAIT_END)
		timeline->ended = true;
	else if (read(timeline->fds[WAIT_TIMER], &expired, sizeof expired) > 0 &&
		 timeline->result->begun && !timeline_rests(timeline))
		return timeline_sample(timeline);
	return NULL;
}

static struct ptmem_error *loop(struct timeline *timeline, bool (*enough)(void))
{
	struct ptmem_error *error = NULL;

	while (!error && !timeline->ended && !enough()) {
		error = wait_once(timeline);
		if (signals_are_due())
			signals_pass_on();
	}
	return error;
}

/* The time may be up before the end: then there is a last sample, or one of the end after all. */
static struct ptmem_error *run_to_end(struct timeline *timeline)
{
	struct ptmem_error *error = loop(timeline, signals_ask_to_leave);

	if (!error && !timeline->ended && timeline->options->kill && !signals_insist()) {
		kill(timeline->pid, SIGKILL);
		error = loop(timeline, signals_insist);
	}
	if (!error && !timeline->ended && timeline->result->begun) {
		error = timeline_sample(timeline);
		timeline_look_at_peak(timeline);
	}
	return error ? error : timeline_write_peak(timeline);
}

/* Each process takes a descriptor. What is launched has its own limit by now. */
static void raise_file_limit(struct rlimit *before)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, before))
		return;
	limit = *before;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static struct ptmem_error *watch(struct timeline *timeline)
{
	struct ptmem_error *error = timeline_begin_timer(timeline);

	if (!error && !timeline->traced)
		error = timeline_begin(timeline);
	if (!error)
		error = watch_children(timeline);
	if (!error)
		error = begin_waiting(timeline);
	return error ? error : run_to_end(timeline);
}

/* A program that has not begun to run need not begin. */
static void stop(struct timeline *timeline)
{
	bool launched = !timeline->options->attach;

	if (launched && !timeline->result->begun && !timeline->ended) {
		wait_for_kill(timeline->pid);
		return;
	}
	timeline_leave(timeline);
	for (size_t i = 1; i < timeline->family.members.count; i++)
		timeline->result->let_go += !member_has_ended(&timeline->family.members.items[i]);
	if (launched)
		timeline_await_end(timeline);
	timeline->result->detached = !timeline->ended;
}

static void end_waiting(struct timeline *timeline)
{
	for (int i = 0; i < WAIT_END; i++)
		if (timeline->fds[i] >= 0)
			close(timeline->fds[i]);
	if (timeline->waits >= 0)
		close(timeline->waits);
}

void timeline_ignore_pipe(struct sigaction *before)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGPIPE, &ignore, before);
}

struct ptmem_error *timeline_run(
	const struct timeline_options *options, struct timeline_result *result)
{
	struct timeline timeline = {.options = options,
		.result = result,
		.epoch = timeline_epoch(),
		.family = {.metric = options->metric},
		.waits = -1,
		.fds = {-1, -1, -1}};
	struct sigaction pipe;
	struct signals signals;
	struct rlimit files;
	struct ptmem_error *error;

	*result = (struct timeline_result){0};
	if (options->funcs && options->funcs->count)
		return timeline_run_calls(options, result);
	error = options->attach ? attach(&timeline) : launch(&timeline);
	if (!error) {
		raise_file_limit(&files);
		timeline_ignore_pipe(&pipe);
		signals_begin(&signals, options->attach ? 0 : timeline.pid, options->timeout);
		error = watch(&timeline);
		stop(&timeline);
		signals_end(&signals);
		sigaction(SIGPIPE, &pipe, NULL);
		setrlimit(RLIMIT_NOFILE, &files);
	}
	end_waiting(&timeline);
	family_deinit(&timeline.family);
	vec_deinit(&timeline.tracees);
	return error;
}
