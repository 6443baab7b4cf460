/* The profiler and recordings, as the library gives them. */
#include "ptmem/ptmem.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/ptmem-library-XXXXXX";
static char path[64];

static void setup(void)
{
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/100%%.raw", folder);
}

static void teardown(void)
{
	unlink(path);
	rmdir(folder);
}

TestSuite(library_profiler, .init = setup, .fini = teardown);

static struct ptmem_profile_options nothing = PTMEM_PROFILE_OPTIONS_INIT;

static struct ptmem_profile *profile(const struct ptmem_profile_options *options)
{
	struct ptmem_profile *made = NULL;
	struct ptmem_error *error = ptmem_profile_run(options, &made);

	cr_assert_null(error, "%s", ptmem_error_message(error));
	return made;
}

static struct ptmem_profile *profile_script(
	const char *script, struct ptmem_profile_options options)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)script, NULL};

	options.argv = argv;
	return profile(&options);
}

static void expect_error(const struct ptmem_profile_options *options, enum ptmem_error_code code)
{
	struct ptmem_profile *made = NULL;
	struct ptmem_error *error = ptmem_profile_run(options, &made);

	cr_assert_eq(ptmem_error_code(error), code, "%s", ptmem_error_message(error));
	cr_assert_null(made);
	ptmem_error_free(error);
}

/* The ledger closes: what all paths moved is what the process has gained. */
static void check_balance(const struct ptmem_recording *recording, size_t process)
{
	struct ptmem_process about = PTMEM_PROCESS_INIT;
	size_t count = ptmem_recording_path_count(recording, process);
	int64_t self = 0, roots = 0;

	cr_assert(ptmem_recording_process(recording, process, &about));
	cr_assert_gt(count, 0);
	for (size_t i = 0; i < count; i++) {
		struct ptmem_path step = PTMEM_PATH_INIT;

		cr_assert(ptmem_recording_path(recording, process, i, &step));
		cr_assert(step.parent == PTMEM_PATH_NONE || step.parent < i);
		cr_assert_not_null(step.function);
		self += step.self;
		roots += step.parent == PTMEM_PATH_NONE ? step.memory : 0;
	}
	cr_assert_eq(self, about.end - about.start);
	cr_assert_eq(roots, self);
	cr_assert_geq(about.peak, about.end);
}

Test(library_profiler, a_program)
{
	struct ptmem_profile *made = profile_script("exit 7", nothing);
	const struct ptmem_recording *recording = ptmem_profile_recording(made);
	struct ptmem_process about = PTMEM_PROCESS_INIT;
	char *command = ptmem_recording_value(recording, 0, "command");

	cr_assert_eq(WEXITSTATUS(ptmem_profile_status(made)), 7);
	cr_assert_eq(ptmem_recording_process_count(recording), 1);
	cr_assert(ptmem_recording_process(recording, 0, &about));
	cr_assert(about.ended && WEXITSTATUS(about.status) == 7);
	cr_assert_str_eq(about.command, "sh -c 'exit 7'");
	cr_assert_str_eq(command, about.command);
	cr_assert_null(ptmem_recording_cut(recording));
	cr_assert_eq(ptmem_recording_metric(recording), PTMEM_METRIC_RSS);
	check_balance(recording, 0);
	free(command);
	ptmem_profile_free(made);
}

Test(library_profiler, each_engine_and_children)
{
	for (int engine = PTMEM_ENGINE_BREAKPOINTS; engine <= PTMEM_ENGINE_EXACT; engine++) {
		struct ptmem_profile_options options = nothing;
		struct ptmem_profile *made;

		options.engine = (enum ptmem_engine)engine;
		options.metric = PTMEM_METRIC_ANON;
		options.follow = 1;
		options.libs = "*";
		made = profile_script("(exit 3); exit 4", options);
		cr_assert_eq(ptmem_profile_engine(made), options.engine);
		cr_assert_eq(
			ptmem_recording_metric(ptmem_profile_recording(made)), PTMEM_METRIC_ANON);
		cr_assert_eq(ptmem_recording_process_count(ptmem_profile_recording(made)), 2);
		check_balance(ptmem_profile_recording(made), 0);
		check_balance(ptmem_profile_recording(made), 1);
		ptmem_profile_free(made);
	}
}

static int count_paths(const struct ptmem_recording *recording, size_t process, size_t number,
	const struct ptmem_path *step, void *context)
{
	size_t *count = context;

	cr_assert_eq(process, 0);
	cr_assert_eq(number, *count);
	cr_assert_not_null(step->function);
	cr_assert_gt(ptmem_recording_path_count(recording, 0), number);
	return ++*count == 3;
}

Test(library_profiler, a_callback_on_results)
{
	struct ptmem_profile_options options = nothing;
	size_t count = 0;

	options.on_path = count_paths;
	options.context = &count;
	ptmem_profile_free(profile_script("exit 0", options));
	cr_assert_eq(count, 3);
}

/* The file's name is taken as it is. */
Test(library_profiler, a_recording_that_is_kept)
{
	struct ptmem_profile_options options = nothing;
	struct ptmem_recording *recording = NULL;

	options.recording = path;
	ptmem_profile_free(profile_script("exit 0", options));
	cr_assert_null(ptmem_recording_open(path, &recording));
	check_balance(recording, 0);
	ptmem_recording_close(recording);
	/* What is not ptmem's is not overwritten. */
	cr_assert_eq(truncate(path, 9), 0);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(symlink("/dev/null", path), 0);
	options.argv = (char *[]){(char *)"true", NULL};
	expect_error(&options, PTMEM_ERROR_SYSTEM);
}

Test(library_profiler, a_process_that_runs)
{
	struct ptmem_profile_options options = nothing;
	struct ptmem_profile *made;
	int status;
	pid_t child = fork();

	if (!child) {
		pause();
		_exit(0);
	}
	options.attach = child;
	options.duration = 0.1;
	made = profile(&options);
	cr_assert_eq(ptmem_profile_status(made), -1);
	ptmem_profile_free(made);
	cr_assert_eq(kill(child, SIGKILL), 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
}

static void never(int signal)
{
	(void)signal;
	abort();
}

/* Whatever a session does to the process that it is in, it is not the caller's. */
Test(library_profiler, the_caller_is_left_alone)
{
	struct sigaction before, after, handler = {.sa_handler = never};
	int status;
	pid_t child;

	cr_assert_eq(sigaction(SIGALRM, &handler, NULL), 0);
	cr_assert_eq(sigaction(SIGINT, NULL, &before), 0);
	child = fork();
	if (!child)
		_exit(3);
	ptmem_profile_free(profile_script("exit 0", nothing));
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(WEXITSTATUS(status), 3);
	cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "a child is left");
	cr_assert_eq(sigaction(SIGINT, NULL, &after), 0);
	cr_assert_eq(before.sa_handler, after.sa_handler);
	cr_assert_eq(sigaction(SIGALRM, NULL, &after), 0);
	cr_assert_eq(after.sa_handler, never);
}

static void *profile_beside(void *context)
{
	struct ptmem_profile *made = profile_script("exit 5", nothing);

	*(int *)context = WEXITSTATUS(ptmem_profile_status(made));
	ptmem_profile_free(made);
	return NULL;
}

/* The allocator of a sanitizer may be locked for good in what a program with threads forks. */
#if defined(__SANITIZE_ADDRESS__)
#define AT_ONCE 1
#else
#define AT_ONCE 3
#endif

Test(library_profiler, several_at_once)
{
	pthread_t threads[AT_ONCE];
	int statuses[AT_ONCE] = {0};

	for (int i = 0; i < AT_ONCE; i++)
		cr_assert(!pthread_create(&threads[i], NULL, profile_beside, &statuses[i]));
	for (int i = 0; i < AT_ONCE; i++) {
		pthread_join(threads[i], NULL);
		cr_assert_eq(statuses[i], 5);
	}
}

Test(library_profiler, what_makes_no_sense)
{
	char *shell[] = {(char *)"true", NULL}, *missing[] = {(char *)"/no/such", NULL};
	struct ptmem_profile_options options = nothing;

	expect_error(NULL, PTMEM_ERROR_USAGE);
	expect_error(&options, PTMEM_ERROR_USAGE);
	options.argv = shell;
	options.attach = 1;
	expect_error(&options, PTMEM_ERROR_USAGE);
	options.attach = 0;
	options.duration = -1;
	expect_error(&options, PTMEM_ERROR_USAGE);
	options.duration = 0;
	options.engine = (enum ptmem_engine)9;
	expect_error(&options, PTMEM_ERROR_USAGE);
	options.engine = PTMEM_ENGINE_FAULTS;
	options.metric = PTMEM_METRIC_SWAP;
	expect_error(&options, PTMEM_ERROR_USAGE);
	options = nothing;
	options.argv = shell;
	options.funcs = "a,,b";
	expect_error(&options, PTMEM_ERROR_USAGE);
	options.funcs = "no_function_of_this_name";
	options.libs = "*";
	expect_error(&options, PTMEM_ERROR_NO_MATCH);
	options.funcs = NULL;
	options.argv = missing;
	expect_error(&options, PTMEM_ERROR_NOT_FOUND);
	cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "a child is left");
}

Test(library_profiler, files_that_are_no_recordings)
{
	struct ptmem_recording *recording = NULL;
	struct ptmem_error *error = ptmem_recording_open(path, &recording);
	int fd;

	cr_assert_eq(ptmem_error_code(error), PTMEM_ERROR_SYSTEM);
	cr_assert_eq(ptmem_error_errno(error), ENOENT);
	ptmem_error_free(error);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	cr_assert_eq(write(fd, "PTMEMRAX and more of that", 25), 25);
	close(fd);
	error = ptmem_recording_open(path, &recording);
	cr_assert_eq(ptmem_error_code(error), PTMEM_ERROR_FORMAT);
	ptmem_error_free(error);
	cr_assert_null(recording);
	ptmem_recording_close(NULL);
	ptmem_profile_free(NULL);
}

/* What is not there is not written, nor more than there is room for. */
Test(library_profiler, numbers_and_sizes_that_do_not_fit)
{
	struct ptmem_profile *made = profile_script("exit 0", nothing);
	const struct ptmem_recording *recording = ptmem_profile_recording(made);
	struct ptmem_path step = PTMEM_PATH_INIT;
	struct ptmem_process about = PTMEM_PROCESS_INIT;
	size_t count = ptmem_recording_path_count(recording, 0);

	cr_assert(!ptmem_recording_process(recording, 1, &about));
	cr_assert(!ptmem_recording_path(recording, 0, count, &step));
	cr_assert(!ptmem_recording_path(recording, 0, SIZE_MAX, &step));
	cr_assert(!ptmem_recording_path(recording, 1, 0, &step));
	cr_assert_null(step.function);
	cr_assert_null(ptmem_recording_value(recording, 1, "command"));
	cr_assert_null(ptmem_recording_value(recording, 0, "no such key"));
	cr_assert_null(ptmem_profile_warning(made, 1000));
	step.size = offsetof(struct ptmem_path, file);
	step.line = -77;
	cr_assert(ptmem_recording_path(recording, 0, 0, &step));
	cr_assert_not_null(step.function);
	cr_assert_eq(step.line, -77);
	cr_assert_eq(step.size, offsetof(struct ptmem_path, file));
	ptmem_profile_free(made);
}

Test(library_profiler, a_version)
{
	cr_assert_str_not_empty(ptmem_version());
}
