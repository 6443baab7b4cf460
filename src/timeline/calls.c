/*
 * Memory over time, and calls: a session stops the program where functions are entered and left,
 * while a thread beside it reads the memory every so often. Both write, one at a time.
 */
#include "timeline/timeline_internal.h"

#include "base/thread.h"
#include "engine/session.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define NS 1000000000u

struct open_call {
	pid_t tid;
	const char *function; /* the session's */
	struct series_sample entry;
	unsigned level;
};

struct watch {
	struct timeline timeline;
	pthread_mutex_t lock; /* of all that follows, and of the timeline */
	struct VEC(struct open_call) open;
	int64_t bytes;             /* of the program, as they were last read */
	struct ptmem_error *error; /* the first; nothing more is written then */
	bool over;                 /* the program's end was sampled, or the time is up */

	pthread_t thread;
	bool has_thread, has_pipe;
	int stop; /* to be read by the thread when it is to end; or -1 */
	struct sigaction pipe;
};

static void keep_error(struct watch *watch, struct ptmem_error *error)
{
	if (!watch->error)
		watch->error = error;
	else
		error_free(error);
}

/* The last one of all. */
static void sample_last(struct watch *watch)
{
	if (watch->over || watch->error)
		return;
	watch->over = true;
	timeline_look_at_peak(&watch->timeline);
	keep_error(watch, timeline_sample(&watch->timeline));
}

static void sample_once(struct watch *watch, uint64_t deadline)
{
	pthread_mutex_lock(&watch->lock);
	if (deadline && timeline_now() >= deadline)
		sample_last(watch);
	else if (!watch->over && !watch->error)
		keep_error(watch, timeline_sample(&watch->timeline));
	pthread_mutex_unlock(&watch->lock);
}

static void *sample_beside(void *context)
{
	struct watch *watch = context;
	double timeout = watch->timeline.options->timeout;
	uint64_t deadline = timeout > 0 ? timeline_now() + (uint64_t)(timeout * NS) : 0;
	struct pollfd fds[] = {{.fd = watch->stop, .events = POLLIN},
		{.fd = watch->timeline.fds[WAIT_TIMER], .events = POLLIN}};
	uint64_t expired;

	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[0].revents)
			break;
		if (read(fds[1].fd, &expired, sizeof expired) > 0)
			sample_once(watch, deadline);
	}
	return NULL;
}

static struct ptmem_error *start_thread(struct watch *watch)
{
	struct ptmem_error *error = timeline_begin_timer(&watch->timeline);
	int failed;

	if (error)
		return error;
	watch->stop = eventfd(0, EFD_CLOEXEC);
	if (watch->stop < 0)
		return error_errno(errno, "starting a thread");
	failed = thread_begin(&watch->thread, sample_beside, watch);
	watch->has_thread = !failed;
	return failed ? error_errno(failed, "starting a thread") : NULL;
}

static void begin(void *context, pid_t pid)
{
	struct watch *watch = context;
	struct timeline *timeline = &watch->timeline;
	struct ptmem_error *error;

	timeline->pid = pid;
	timeline_ignore_pipe(&watch->pipe);
	watch->has_pipe = true;
	error = family_add(&timeline->family, pid, 0, true, NULL);
	if (!error)
		error = timeline_begin(timeline);
	if (!error)
		error = start_thread(watch);
	keep_error(watch, error);
}

/* What was read last stands for what cannot be read any more. */
static struct series_sample read_program(struct watch *watch)
{
	struct timeline *timeline = &watch->timeline;
	struct member *member = family_find(&timeline->family, timeline->pid);

	if (member)
		error_free(member_read(member, timeline->family.metric, &watch->bytes));
	return timeline_sample_of(timeline, watch->bytes);
}

static unsigned level_of(const struct watch *watch, pid_t tid)
{
	for (size_t i = watch->open.count; i-- > 0;)
		if (watch->open.items[i].tid == tid)
			return watch->open.items[i].level;
	return 0;
}

static void enter(void *context, pid_t tid, const char *function)
{
	struct watch *watch = context;
	unsigned level = level_of(watch, tid);
	struct open_call *call;

	pthread_mutex_lock(&watch->lock);
	call = vec_append(&watch->open);
	if (call)
		*call = (struct open_call){.tid = tid,
			.function = function,
			.entry = read_program(watch),
			.level = level + 1};
	else
		keep_error(watch, &error_no_memory);
	pthread_mutex_unlock(&watch->lock);
}

static void write_call(struct watch *watch, const struct open_call *open)
{
	struct series_call call = {.name = (char *)open->function,
		.entry = open->entry,
		.exit = read_program(watch),
		.level = open->level};

	if (!watch->error)
		keep_error(watch, series_write_call(watch->timeline.options->writer, &call));
}

static void leave(void *context, pid_t tid)
{
	struct watch *watch = context;

	pthread_mutex_lock(&watch->lock);
	for (size_t i = watch->open.count; i-- > 0;) {
		if (watch->open.items[i].tid != tid)
			continue;
		write_call(watch, &watch->open.items[i]);
		watch->open.count--;
		memmove(&watch->open.items[i], &watch->open.items[i + 1],
			(watch->open.count - i) * sizeof *watch->open.items);
		break;
	}
	pthread_mutex_unlock(&watch->lock);
}

static void end(void *context)
{
	struct watch *watch = context;

	pthread_mutex_lock(&watch->lock);
	sample_last(watch);
	pthread_mutex_unlock(&watch->lock);
}

static struct ptmem_error *run_session(struct watch *watch)
{
	const struct timeline_options *options = watch->timeline.options;
	struct timeline_result *result = watch->timeline.result;
	struct session_observer observer = {
		.context = watch, .begin = begin, .enter = enter, .leave = leave, .end = end};
	struct pattern_list none = {0};
	struct session_options session = {
		.engine = ENGINE_BREAKPOINTS,
		.argv = options->argv,
		.duration = options->timeout,
		.metric = METRIC_RSS,
		.funcs = options->funcs,
		.exclude = &none,
		.files = &none,
		.libs = &none,
		.from = &none,
		.until = &none,
		.aslr = true,
		.symbols = options->symbols,
		.observer = &observer,
	};
	struct session_result seen = {0};
	struct profiles profiles = {0};
	struct ptmem_error *error = session_run(&session, &profiles, &seen);

	result->status = seen.status;
	result->detached = seen.detached;
	for (size_t i = 0; i < sizeof seen.warnings / sizeof *seen.warnings; i++)
		if (seen.warnings[i])
			timeline_warn(
				&watch->timeline, error_new(ERROR_SYSTEM, "%s", seen.warnings[i]));
	session_result_deinit(&seen);
	profiles_deinit(&profiles);
	return error;
}

static void stop_thread(struct watch *watch)
{
	uint64_t one = 1;

	if (watch->has_thread && write(watch->stop, &one, sizeof one) > 0)
		pthread_join(watch->thread, NULL);
	if (watch->stop >= 0)
		close(watch->stop);
	if (watch->timeline.fds[WAIT_TIMER] >= 0)
		close(watch->timeline.fds[WAIT_TIMER]);
	if (watch->has_pipe)
		sigaction(SIGPIPE, &watch->pipe, NULL);
}

struct ptmem_error *timeline_run_calls(
	const struct timeline_options *options, struct timeline_result *result)
{
	struct watch watch = {
		.timeline = {.options = options,
			.result = result,
			.epoch = timeline_epoch(),
			.family = {.metric = options->metric},
			.waits = -1,
			.fds = {-1, -1, -1}},
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.stop = -1,
	};
	struct ptmem_error *error = run_session(&watch);

	stop_thread(&watch);
	if (error)
		error_free(watch.error);
	else
		error = watch.error;
	if (!error)
		error = timeline_write_peak(&watch.timeline);
	family_deinit(&watch.timeline.family);
	vec_deinit(&watch.open);
	return error;
}
