/*
 * samples PROGRAM ARGUMENT...: what it costs to unwind a sample of this program, as it is after
 * half a second: by the unwinder of samples and by libunwind. The copy of the stack has 8 KB.
 */
#include "clock.h"
#include "target/ptrace.h"
#include "unwind/sampled.h"
#include "unwind/unwind.h"

#include "../unit/finder.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 100000
#define COPY_SIZE 8192

struct bench {
	struct target_memory memory;
	struct finder finder;
	struct registers registers;
	uint8_t copy[COPY_SIZE];
	struct stack_sample sample;
	struct sampled_unwinder *unwinder;
	struct sampled_stack stack;
};

static void check(struct ptmem_error *error)
{
	if (!error)
		return;
	fprintf(stderr, "%s\n", error->message);
	exit(1);
}

static pid_t start(char **argv)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	usleep(500000);
	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_EXITKILL) ||
		ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid ||
		!WIFSTOPPED(status))
		exit(1);
	return pid;
}

static void take_sample(struct bench *bench, pid_t pid)
{
	check(target_memory_open(pid, &bench->memory));
	check(tracee_registers(pid, &bench->registers));
	bench->finder.memory = &bench->memory;
	bench->sample = (struct stack_sample){
		.registers = &bench->registers,
		.stack = bench->copy,
		.stack_size = target_read_some(&bench->memory,
			arch->stack_pointer(&bench->registers), bench->copy, sizeof bench->copy),
	};
	check(sampled_unwinder_create(
		&bench->memory, finder_find, &bench->finder, &bench->unwinder));
}

/* Of a stack that is empty, what is compared is nothing. */
static void unwind_samples(struct bench *bench, long rounds, bool same)
{
	for (long i = 0; i < rounds; i++) {
		if (!same)
			bench->stack.count = 0;
		check(sampled_unwind(bench->unwinder, &bench->sample, &bench->stack));
	}
}

static void report(const char *what, long long nanoseconds, long rounds, size_t frames)
{
	double each = (double)nanoseconds / (double)rounds;

	printf("%-28s %10.0f ns, %6.1f a frame\n", what, each, each / (double)frames);
}

static void measure(struct bench *bench, const char *what, long rounds, bool same)
{
	long long begin = clock_now();

	unwind_samples(bench, rounds, same);
	report(what, clock_now() - begin, rounds, bench->stack.count);
}

static void measure_libunwind(struct bench *bench, pid_t pid)
{
	struct unwound frames = {0};
	struct unwinder *unwinder;
	long long begin;
	bool complete;

	check(unwinder_create(pid, &bench->memory, &unwinder));
	check(unwind_thread(unwinder, &bench->registers, &frames, &complete));
	begin = clock_now();
	for (long i = 0; i < ROUNDS / 100; i++)
		check(unwind_thread(unwinder, &bench->registers, &frames, &complete));
	report("libunwind, rules known", clock_now() - begin, ROUNDS / 100, frames.count);
	unwinder_destroy(unwinder);
	vec_deinit(&frames);
}

int main(int argc, char **argv)
{
	static struct bench bench;
	pid_t pid;

	if (argc < 2)
		return 2;
	pid = start(argv + 1);
	take_sample(&bench, pid);
	measure(&bench, "the first sample", 1, false);
	measure(&bench, "nothing known of the last", ROUNDS, false);
	measure(&bench, "the same as the last", ROUNDS, true);
	measure_libunwind(&bench, pid);
	printf("%zu frames, %s\n", bench.stack.count,
		bench.stack.complete ? "to the outermost" : "cut off");
	kill(pid, SIGKILL);
	return 0;
}
