/* A thread that outruns its samples' reader stops before a ring is full. */
#include "subject.h"
#include "target/ptrace.h"
#include "target/sampling.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES ((size_t)200)
#define RING ((size_t)256 << 10)

struct runner {
	struct sampling sampling;
	pid_t pid;
	int go;
	unsigned times[PAGES];
	uint64_t lost;
	const char *pages;
};

/* A child that waits for a byte. */
static void runner_start(struct runner *runner, void (*run)(char *pages))
{
	const struct sampling_options options = {.brakes = true, .ring = RING};
	char *pages =
		mmap(NULL, PAGES << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int pipes[2];
	char byte;

	cr_assert_neq(pages, MAP_FAILED);
	madvise(pages, PAGES << 12, MADV_NOHUGEPAGE);
	cr_assert_eq(pipe(pipes), 0);
	*runner = (struct runner){.pages = pages, .go = pipes[1], .pid = fork()};
	if (!runner->pid) {
		if (read(pipes[0], &byte, 1) == 1)
			run(pages);
		_exit(0);
	}
	close(pipes[0]);
	subject_wait_until_asleep(runner->pid);
	cr_assert_eq(ptrace(PTRACE_SEIZE, runner->pid, NULL, (void *)PTRACE_O_EXITKILL), 0);
	cr_assert_null(sampling_open(&runner->sampling, &options, runner->pid));
	if (!runner->sampling.brakes)
		cr_skip_test("the kernel lets nobody but root have a brake");
}

static void runner_go(const struct runner *runner)
{
	cr_assert_eq(write(runner->go, "x", 1), 1);
}

static int runner_wait(const struct runner *runner)
{
	int status;

	cr_assert_eq(waitpid(runner->pid, &status, __WALL), runner->pid);
	return status;
}

static void runner_look(struct runner *runner)
{
	struct sampled sampled = {0};

	sampling_look(&runner->sampling, sampling_now());
	while (sampling_next(&runner->sampling, &sampled)) {
		uint64_t page = (sampled.address - (uintptr_t)runner->pages) >> 12;

		if (sampled.kind == SAMPLED_LOST)
			runner->lost += sampled.lost;
		if (sampled.kind == SAMPLED_FAULT && page < PAGES)
			runner->times[page]++;
	}
}

static void assert_held(const struct runner *runner, int status)
{
	siginfo_t info;

	cr_assert(WIFSTOPPED(status));
	cr_assert_eq(status >> 8, SIGSTOP);
	cr_assert_null(tracee_siginfo(runner->pid, &info));
	cr_assert(brake_sent(&info));
}

static void runner_finish(struct runner *runner)
{
	cr_assert_eq(runner_wait(runner), 0);
	runner_look(runner);
	sampling_close(&runner->sampling);
	close(runner->go);
}

static void touch(char *pages)
{
	for (size_t i = 0; i < PAGES; i++)
		((volatile char *)pages)[i << 12] = 1;
}

/* It goes on only when it was looked at what had come: a ring has room for a dozen. */
Test(brake, none_is_lost)
{
	static struct runner runner;
	int status, held = 0;

	runner_start(&runner, touch);
	sampling_brake(&runner.sampling, runner.pid);
	runner_go(&runner);
	while ((status = runner_wait(&runner))) {
		assert_held(&runner, status);
		held++;
		runner_look(&runner);
		cr_assert_null(tracee_resume(runner.pid, 0));
	}
	runner_look(&runner);
	cr_assert_geq(held, (int)PAGES / 16);
	cr_assert_eq(runner.lost, 0);
	for (size_t i = 0; i < PAGES; i++)
		cr_assert_eq(runner.times[i], 1, "page %zu: in %u samples", i, runner.times[i]);
	sampling_close(&runner.sampling);
}

/* One that nobody waits for runs on. */
Test(brake, threads_that_were_not_added_are_not_stopped)
{
	static struct runner runner;

	runner_start(&runner, touch);
	runner_go(&runner);
	runner_finish(&runner);
	cr_assert_gt(runner.lost, PAGES / 2);
}

/* Its first page fault, and no other: what came before is its start. */
Test(brake, who_is_wanted_stops_at_once)
{
	static struct runner runner;

	runner_start(&runner, touch);
	sampling_want(&runner.sampling, runner.pid + 1);
	sampling_unwant(&runner.sampling, runner.pid);
	sampling_unwant(&runner.sampling, runner.pid + 1);
	sampling_want(&runner.sampling, runner.pid);
	runner_go(&runner);
	assert_held(&runner, runner_wait(&runner));
	runner_look(&runner);
	for (size_t i = 1; i < PAGES; i++)
		cr_assert_eq(runner.times[i], 0);
	sampling_unwant(&runner.sampling, runner.pid);
	cr_assert_null(tracee_resume(runner.pid, 0));
	runner_finish(&runner);
}

static void touch_by_kernel(char *pages)
{
	int zeros = open("/dev/zero", O_RDONLY);

	if (read(zeros, pages, PAGES << 12) <= 0)
		_exit(1);
}

/* Stops at the end of its system call, in which it has been told to stop. */
static void run_to_due(const struct runner *runner)
{
	int status;

	cr_assert_null(tracee_interrupt(runner->pid));
	runner_wait(runner);
	ptrace(PTRACE_SETOPTIONS, runner->pid, NULL, (void *)PTRACE_O_TRACESYSGOOD);
	runner_go(runner);
	do {
		cr_assert_null(tracee_resume_to_syscall(runner->pid, 0));
		status = runner_wait(runner);
		cr_assert(WIFSTOPPED(status));
	} while (status >> 8 != (SIGTRAP | 0x80) || !brake_is_due(runner->pid));
}

static void read_whole(char *pages)
{
	int zeros = open("/dev/zero", O_RDONLY);

	if (read(zeros, pages, PAGES << 12) != PAGES << 12)
		_exit(1);
}

/* It is wanted all the time; a system call in which it stopped would do less than was asked for. */
Test(brake, who_is_wanted_ends_its_system_call)
{
	static struct runner runner;
	int status;

	runner_start(&runner, read_whole);
	sampling_want(&runner.sampling, runner.pid);
	runner_go(&runner);
	while ((status = runner_wait(&runner)) && !WIFEXITED(status)) {
		assert_held(&runner, status);
		runner_look(&runner);
		cr_assert_null(tracee_resume(runner.pid, 0));
	}
	cr_assert_eq(status, 0);
	runner_look(&runner);
	cr_assert_gt(runner.times[0] + runner.lost, 0);
	sampling_close(&runner.sampling);
}

Test(brake, is_due_until_its_signal_has_come)
{
	static struct runner runner;

	runner_start(&runner, touch_by_kernel);
	sampling_brake(&runner.sampling, runner.pid);
	run_to_due(&runner);
	sampling_unbrake(&runner.sampling, runner.pid);
	cr_assert_null(tracee_resume(runner.pid, 0));
	assert_held(&runner, runner_wait(&runner));
	cr_assert(!brake_is_due(runner.pid));
	cr_assert_null(tracee_detach(runner.pid, 0));
	runner_finish(&runner);
}
