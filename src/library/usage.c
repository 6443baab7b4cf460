/* Memory over time for the library's callers: a process, a child, a function. */
#include "ptmem/usage.h"

#include "base/thread.h"
#include "library/options.h"
#include "library/sampler.h"
#include "target/program.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define INTERVAL_MIN 0.001
#define SECONDS_MAX 1e9

extern char **environ;

static bool is_time(double seconds, double least)
{
	return seconds == 0 || (isfinite(seconds) && seconds >= least && seconds <= SECONDS_MAX);
}

static struct ptmem_error *check(const struct ptmem_usage_options *options)
{
	int given = (options->pid != 0) + (options->argv != NULL) + (options->function != NULL);

	if (given != 1)
		return error_new(ERROR_USAGE,
			"memory usage: one of pid, argv and function must be given, and no more");
	if (options->pid < 0 || (options->argv && !options->argv[0]))
		return error_new(ERROR_USAGE, "memory usage: %s",
			options->argv ? "argv is empty" : "no process has a negative number");
	if (!is_time(options->interval, INTERVAL_MIN) || !is_time(options->timeout, 0))
		return error_new(ERROR_USAGE,
			"memory usage: the interval is 0.001 s at least, the timeout not negative");
	if ((unsigned)options->metric > PTMEM_METRIC_USS)
		return error_new(ERROR_USAGE, "memory usage: there is no such metric");
	return NULL;
}

static struct ptmem_error *say_gone(struct ptmem_error *error, pid_t pid)
{
	if (!error_is(error, ERROR_GONE))
		return error;
	return error_new(ERROR_GONE, "process %d: there is none, or it has ended", pid);
}

/* Takes the samples over. */
static struct ptmem_error *make_usage(struct sampler *sampler, struct ptmem_usage **usage)
{
	struct ptmem_usage *made = calloc(1, sizeof *made);

	if (!made)
		return &error_no_memory;
	made->samples = sampler->samples.items;
	made->count = sampler->samples.count;
	made->peak = sampler->peak;
	made->pid = sampler->family.members.items[0].pid;
	made->status = -1;
	sampler->samples.items = NULL;
	sampler->samples.count = sampler->samples.capacity = 0;
	*usage = made;
	return NULL;
}

static struct ptmem_error *watch_process(
	const struct ptmem_usage_options *options, struct ptmem_usage **usage)
{
	struct sampler sampler;
	struct ptmem_error *error = sampler_begin(&sampler, options, options->pid);

	if (!error)
		error = sampler_take_first(&sampler);
	error = say_gone(error, options->pid);
	if (!error)
		error = sampler_go_on(&sampler, sampler.family.members.items[0].end);
	if (!error)
		error = make_usage(&sampler, usage);
	sampler_deinit(&sampler);
	return error;
}

static struct ptmem_error *start(char *const *argv, pid_t *pid)
{
	char *path;
	struct ptmem_error *error = program_find(argv[0], &path);
	int problem;

	if (error)
		return error;
	problem = posix_spawn(pid, path, NULL, NULL, argv, environ);
	if (problem)
		error = problem == ENOMEM || problem == EAGAIN
				? error_errno(problem, "starting %s", path)
				: error_new(ERROR_NOT_EXECUTABLE, "%s: cannot be executed: %s",
					  path, strerror(problem));
	free(path);
	return error;
}

/* As waitpid(2) would have it. */
static int wait_status(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED)
		return (info->si_status & 0xff) << 8;
	return info->si_status | (info->si_code == CLD_DUMPED ? 0x80 : 0);
}

/* That one alone is waited for. -1 where another wait had it, or SIGCHLD is ignored. */
static int reap(pid_t pid)
{
	siginfo_t info = {0};
	int failed;

	do
		failed = waitid(P_PID, (id_t)pid, &info, WEXITED);
	while (failed && errno == EINTR);
	return failed ? -1 : wait_status(&info);
}

static struct ptmem_error *watch_started(
	const struct ptmem_usage_options *options, pid_t pid, struct ptmem_usage **usage)
{
	struct sampler sampler;
	struct ptmem_error *error = sampler_begin(&sampler, options, pid);

	sampler.started = true;
	if (!error)
		error = sampler_take_first(&sampler);
	/* It had no time to be looked at. */
	if (error_is(error, ERROR_GONE) && sampler.family.members.count)
		error = NULL;
	if (!error)
		error = sampler_go_on(&sampler, sampler.family.members.items[0].end);
	if (!error)
		error = make_usage(&sampler, usage);
	if (!error) {
		(*usage)->running = !sampler.ended;
		(*usage)->status = sampler.ended ? reap(pid) : -1;
	}
	sampler_deinit(&sampler);
	return error;
}

static struct ptmem_error *watch_program(
	const struct ptmem_usage_options *options, struct ptmem_usage **usage)
{
	pid_t pid;
	struct ptmem_error *error = start(options->argv, &pid);

	if (error)
		return error;
	error = watch_started(options, pid, usage);
	/* One that is gone was waited for by another. */
	if (error && !error_is(error, ERROR_GONE)) {
		kill(pid, SIGKILL);
		reap(pid);
	}
	return error;
}

/* What the thread that samples shares with the one that runs the function. */
struct beside {
	struct sampler sampler;
	sem_t begun;
	int end; /* an eventfd: the function has returned */
	bool failed;
	struct ptmem_error *error;
};

static void *sample_beside(void *context)
{
	struct beside *beside = context;

	beside->error = sampler_take_first(&beside->sampler);
	beside->failed = beside->error != NULL;
	sem_post(&beside->begun);
	if (!beside->failed)
		beside->error = sampler_go_on(&beside->sampler, beside->end);
	return NULL;
}

static void say_end(int end)
{
	uint64_t one = 1;

	while (write(end, &one, sizeof one) < 0 && errno == EINTR)
		;
}

static struct ptmem_error *call_beside(
	const struct ptmem_usage_options *options, struct beside *beside)
{
	pthread_t thread;
	int problem = thread_begin(&thread, sample_beside, beside);

	if (problem)
		return error_errno(problem, "starting a thread");
	while (sem_wait(&beside->begun) && errno == EINTR)
		;
	if (!beside->failed)
		options->function(options->context);
	say_end(beside->end);
	pthread_join(thread, NULL);
	return beside->error;
}

static struct ptmem_error *watch_function(
	const struct ptmem_usage_options *options, struct ptmem_usage **usage)
{
	struct beside beside = {.end = eventfd(0, EFD_CLOEXEC)};
	struct ptmem_error *error;

	if (beside.end < 0)
		return error_errno(errno, "memory usage");
	error = sampler_begin(&beside.sampler, options, getpid());
	beside.sampler.last = true;
	sem_init(&beside.begun, 0, 0);
	if (!error)
		error = call_beside(options, &beside);
	if (!error)
		error = make_usage(&beside.sampler, usage);
	sem_destroy(&beside.begun);
	sampler_deinit(&beside.sampler);
	close(beside.end);
	return error;
}

struct ptmem_error *ptmem_memory_usage(
	const struct ptmem_usage_options *options, struct ptmem_usage **usage)
{
	struct ptmem_usage_options known;
	struct ptmem_error *error = options_take(options, &known, sizeof known);

	if (!error)
		error = check(&known);
	if (error)
		return error;
	if (known.function)
		return watch_function(&known, usage);
	return known.argv ? watch_program(&known, usage) : watch_process(&known, usage);
}

void ptmem_usage_free(struct ptmem_usage *usage)
{
	if (!usage)
		return;
	free(usage->samples);
	free(usage);
}
