/* Memory over time, as the library gives it. */
#include "ptmem/usage.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROWTH ((size_t)16 << 20)

/* What is seen of GROWTH at least: pages of libraries leave a process while it grows, and its share
 * of them shrinks where others start that share them. */
#define SEEN ((int64_t)GROWTH - (1 << 20))

static struct ptmem_usage_options nothing = PTMEM_USAGE_OPTIONS_INIT;

static void grow(void)
{
	char *pages =
		mmap(NULL, GROWTH, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);

	if (pages == MAP_FAILED)
		_exit(1);
	for (size_t at = 0; at < GROWTH; at += 4096)
		((volatile char *)pages)[at] = 1;
}

/* A child that does one thing at a time, when it is told to, and says when it is done. */
struct servant {
	pid_t pid;
	int orders, answers;
};

static void serve(int orders, int answers)
{
	char order;

	while (read(orders, &order, 1) == 1) {
		if (order == 'g')
			grow();
		if (order == 'f' && !fork()) {
			grow();
			if (write(answers, "", 1) == 1)
				pause();
			_exit(0);
		}
		if (order == 'g' && write(answers, "", 1) != 1)
			break;
	}
	kill(0, SIGKILL);
}

static struct servant hire(void)
{
	struct servant servant;
	int orders[2], answers[2];

	cr_assert(!pipe(orders) && !pipe(answers));
	servant.pid = fork();
	if (!servant.pid) {
		setpgid(0, 0);
		close(orders[1]);
		serve(orders[0], answers[1]);
	}
	close(orders[0]);
	close(answers[1]);
	servant.orders = orders[1];
	servant.answers = answers[0];
	return servant;
}

static void order(const struct servant *servant, char what)
{
	char answer;

	cr_assert_eq(write(servant->orders, &what, 1), 1);
	cr_assert_eq(read(servant->answers, &answer, 1), 1);
}

static void dismiss(const struct servant *servant)
{
	close(servant->orders);
	close(servant->answers);
	cr_assert_eq(waitpid(servant->pid, NULL, 0), servant->pid);
}

static struct ptmem_usage *measure(const struct ptmem_usage_options *options)
{
	struct ptmem_usage *usage = NULL;
	struct ptmem_error *error = ptmem_memory_usage(options, &usage);

	cr_assert_null(error, "%s", ptmem_error_message(error));
	return usage;
}

static void expect_error(const struct ptmem_usage_options *options, enum ptmem_error_code code)
{
	struct ptmem_usage *usage = NULL;
	struct ptmem_error *error = ptmem_memory_usage(options, &usage);

	cr_assert_eq(ptmem_error_code(error), code, "%s", ptmem_error_message(error));
	cr_assert_null(usage);
	cr_assert_null(strchr(ptmem_error_message(error), '\n'));
	ptmem_error_free(error);
}

/* Lets the process grow behind the first sample, and ends it behind the second. */
struct direction {
	struct servant servant;
	char first;
	unsigned samples;
	int64_t bytes[2];
	unsigned of_children;
};

static int direct(const struct ptmem_usage_sample *sample, void *context)
{
	struct direction *direction = context;

	if (sample->pid) {
		cr_assert_neq(sample->pid, direction->servant.pid);
		direction->of_children++;
		return 0;
	}
	direction->bytes[direction->samples++] = sample->bytes;
	if (direction->samples == 1)
		order(&direction->servant, direction->first);
	return direction->samples == 2;
}

static struct ptmem_usage *watch_servant(
	struct direction *direction, struct ptmem_usage_options options)
{
	struct ptmem_usage *usage;

	direction->servant = hire();
	options.pid = direction->servant.pid;
	options.interval = 0.02;
	options.timeout = 60;
	options.on_sample = direct;
	options.context = direction;
	usage = measure(&options);
	dismiss(&direction->servant);
	return usage;
}

Test(library_usage, a_process_that_grows)
{
	struct direction direction = {.first = 'g'};
	struct ptmem_usage *usage = watch_servant(&direction, nothing);

	cr_assert_eq(usage->count, 2);
	cr_assert_eq(usage->samples[0].bytes, direction.bytes[0]);
	cr_assert_eq(usage->samples[1].bytes, direction.bytes[1]);
	cr_assert_geq(direction.bytes[1] - direction.bytes[0], SEEN);
	cr_assert_eq(usage->samples[0].time, 0);
	cr_assert_geq(usage->samples[1].time, 0.02);
	cr_assert_eq(usage->peak, direction.bytes[1]);
	cr_assert_eq(usage->status, -1);
	ptmem_usage_free(usage);
}

Test(library_usage, only_the_highest)
{
	struct direction direction = {.first = 'g'};
	struct ptmem_usage_options options = nothing;
	struct ptmem_usage *usage;

	options.max_usage = 1;
	usage = watch_servant(&direction, options);
	cr_assert_eq(usage->count, 1);
	cr_assert_eq(usage->samples[0].bytes, direction.bytes[1]);
	ptmem_usage_free(usage);
}

Test(library_usage, children_are_added_where_they_are_asked_for)
{
	struct direction alone = {.first = 'f'}, together = alone;
	struct ptmem_usage_options options = nothing;

	ptmem_usage_free(watch_servant(&alone, options));
	cr_assert_lt(alone.bytes[1] - alone.bytes[0], SEEN);
	options.include_children = 1;
	ptmem_usage_free(watch_servant(&together, options));
	cr_assert_geq(together.bytes[1] - together.bytes[0], SEEN);
	cr_assert_eq(together.of_children, 0);
}

Test(library_usage, children_have_samples_of_their_own)
{
	struct direction direction = {.first = 'f'};
	struct ptmem_usage_options options = nothing;
	struct ptmem_usage *usage;

	options.multiprocess = 1;
	usage = watch_servant(&direction, options);
	cr_assert_eq(direction.of_children, 1);
	cr_assert_eq(usage->count, 3);
	cr_assert_geq(usage->samples[1].bytes, SEEN);
	cr_assert_neq(usage->samples[1].pid, 0);
	cr_assert_eq(usage->samples[2].pid, 0);
	ptmem_usage_free(usage);
}

Test(library_usage, each_metric)
{
	for (int metric = PTMEM_METRIC_RSS; metric <= PTMEM_METRIC_USS; metric++) {
		struct direction direction = {.first = 'g'};
		struct ptmem_usage_options options = nothing;
		bool grows = metric != PTMEM_METRIC_FILE && metric != PTMEM_METRIC_SHMEM &&
			     metric != PTMEM_METRIC_SWAP;

		options.metric = (enum ptmem_metric)metric;
		ptmem_usage_free(watch_servant(&direction, options));
		cr_assert_eq(direction.bytes[1] - direction.bytes[0] >= SEEN, grows,
			"metric %d: %lld", metric,
			(long long)(direction.bytes[1] - direction.bytes[0]));
	}
}

static struct ptmem_usage *run(const char *script, double timeout)
{
	struct ptmem_usage_options options = nothing;
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)script, NULL};

	options.argv = argv;
	options.interval = 0.01;
	options.timeout = timeout;
	return measure(&options);
}

Test(library_usage, a_program_that_is_started)
{
	struct ptmem_usage *usage = run("sleep 0.1; exit 7", 0);

	cr_assert(WIFEXITED(usage->status) && WEXITSTATUS(usage->status) == 7);
	cr_assert(!usage->running);
	for (size_t i = 0; i < usage->count; i++)
		cr_assert_geq(usage->peak, usage->samples[i].bytes);
	ptmem_usage_free(usage);
	usage = run("kill -TERM $$", 0);
	cr_assert(WIFSIGNALED(usage->status) && WTERMSIG(usage->status) == SIGTERM);
	ptmem_usage_free(usage);
}

Test(library_usage, a_program_that_does_not_end_in_time_runs_on)
{
	struct ptmem_usage *usage = run("exec sleep 600", 0.05);
	int status;

	cr_assert(usage->running);
	cr_assert_eq(usage->status, -1);
	cr_assert_leq(usage->samples[usage->count - 1].time, 60);
	cr_assert_eq(kill(usage->pid, SIGKILL), 0);
	cr_assert_eq(waitpid(usage->pid, &status, 0), usage->pid);
	ptmem_usage_free(usage);
}

Test(library_usage, other_children_are_left_alone)
{
	int status;
	pid_t child = fork();

	if (!child)
		_exit(3);
	ptmem_usage_free(run("exit 0", 0));
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(WEXITSTATUS(status), 3);
}

struct work {
	unsigned calls;
	pid_t thread;
};

static void work(void *context)
{
	struct work *done = context;

	done->calls++;
	done->thread = (pid_t)syscall(SYS_gettid);
	grow();
}

Test(library_usage, a_function_of_the_callers)
{
	struct ptmem_usage_options options = nothing;
	struct work done = {0};
	struct ptmem_usage *usage;
	sigset_t before, after;

	memset(&before, 0, sizeof before);
	memset(&after, 0, sizeof after);
	options.function = work;
	options.context = &done;
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	usage = measure(&options);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	cr_assert_eq(memcmp(&before, &after, sizeof before), 0);
	cr_assert_eq(done.calls, 1);
	cr_assert_eq(done.thread, (pid_t)syscall(SYS_gettid));
	cr_assert_geq(usage->count, 2);
	cr_assert_geq(usage->samples[usage->count - 1].bytes - usage->samples[0].bytes, SEEN);
	cr_assert_eq(usage->pid, getpid());
	ptmem_usage_free(usage);
}

static void *run_beside(void *context)
{
	struct ptmem_usage *usage = run("sleep 0.05; exit 5", 0);

	*(int *)context = WEXITSTATUS(usage->status);
	ptmem_usage_free(usage);
	return NULL;
}

Test(library_usage, several_at_once)
{
	pthread_t threads[6];
	int statuses[6] = {0};

	for (int i = 0; i < 6; i++)
		cr_assert(!pthread_create(&threads[i], NULL, run_beside, &statuses[i]));
	for (int i = 0; i < 6; i++) {
		pthread_join(threads[i], NULL);
		cr_assert_eq(statuses[i], 5);
	}
}

Test(library_usage, options_that_make_no_sense)
{
	static char *none[] = {NULL}, *shell[] = {(char *)"sh", NULL};
	static const double bad[] = {-1, 1e-9, (double)NAN, (double)INFINITY, 1e300};
	struct ptmem_usage_options options = nothing;

	expect_error(&options, PTMEM_ERROR_USAGE);
	options.pid = -5;
	expect_error(&options, PTMEM_ERROR_USAGE);
	options.pid = getpid();
	options.argv = shell;
	expect_error(&options, PTMEM_ERROR_USAGE);
	options.pid = 0;
	options.argv = none;
	expect_error(&options, PTMEM_ERROR_USAGE);
	options.argv = shell;
	options.metric = (enum ptmem_metric)99;
	expect_error(&options, PTMEM_ERROR_USAGE);
	options.metric = PTMEM_METRIC_RSS;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		options.interval = bad[i];
		expect_error(&options, PTMEM_ERROR_USAGE);
	}
	options.interval = 0;
	options.timeout = -1;
	expect_error(&options, PTMEM_ERROR_USAGE);
}

Test(library_usage, what_is_not_there)
{
	char *missing[] = {(char *)"/no/such/program", NULL}, *folder[] = {(char *)"/tmp", NULL};
	struct ptmem_usage_options options = nothing;
	pid_t child = fork();

	if (!child)
		_exit(0);
	cr_assert_eq(waitpid(child, NULL, 0), child);
	options.pid = child;
	expect_error(&options, PTMEM_ERROR_GONE);
	options.pid = 0;
	options.argv = missing;
	expect_error(&options, PTMEM_ERROR_NOT_FOUND);
	options.argv = folder;
	expect_error(&options, PTMEM_ERROR_NOT_EXECUTABLE);
}

/* Callers that were built against another version of the headers. */
Test(library_usage, structs_of_other_sizes)
{
	struct {
		struct ptmem_usage_options options;
		char more[16];
	} newer = {.options = nothing};
	struct ptmem_usage_options older = nothing;

	expect_error(NULL, PTMEM_ERROR_USAGE);
	older.size = 0;
	expect_error(&older, PTMEM_ERROR_USAGE);
	older.pid = getpid();
	older.timeout = 0.01;
	older.size = offsetof(struct ptmem_usage_options, max_usage);
	older.max_usage = 1;
	older.interval = 0.001;
	older.on_sample = (int (*)(const struct ptmem_usage_sample *, void *))(uintptr_t)1;
	ptmem_usage_free(measure(&older));
	newer.options.size = sizeof newer;
	newer.options.pid = getpid();
	newer.options.timeout = 0.01;
	ptmem_usage_free(measure(&newer.options));
	newer.more[15] = 1;
	expect_error(&newer.options, PTMEM_ERROR_USAGE);
}

Test(library_usage, null_is_no_error)
{
	cr_assert_eq(ptmem_error_code(NULL), PTMEM_ERROR_NONE);
	cr_assert_eq(ptmem_error_errno(NULL), 0);
	cr_assert_str_empty(ptmem_error_message(NULL));
	ptmem_error_free(NULL);
	ptmem_usage_free(NULL);
}
