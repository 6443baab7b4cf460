/*
 * behave NAME [ARGUMENT]: does one thing that programs do, and prints what it saw.
 * behave --list: the names.
 */
#include "behave.h"

#include <errno.h>
#include <sys/wait.h>
#include <time.h>

const char *behave_program, *behave_argument;

static const struct behaviour *const tables[] = {
	behave_signals,
	behave_traps,
	behave_faults,
	behave_deaths,
	behave_system_calls,
	behave_processes,
	behave_families,
	behave_execs,
	behave_threads,
	behave_stacks,
	behave_cxx,
	behave_code,
	behave_memory,
	behave_limits,
	behave_surroundings,
	behave_terminal,
};

#define TABLES (sizeof tables / sizeof *tables)

NOINLINE int behave_work(int value, int levels)
{
	return levels ? behave_work(value, levels - 1) + 1 : value;
}

NOINLINE void behave_busy(int times)
{
	for (int i = 0; i < times; i++)
		CHECK(behave_work(i, i % 7) == i + i % 7);
}

void behave_handle(int signal, behave_handler *handler, int flags)
{
	struct sigaction action = {.sa_flags = flags | SA_SIGINFO};

	action.sa_sigaction = handler;
	sigemptyset(&action.sa_mask);
	CHECK(!sigaction(signal, &action, NULL));
}

void behave_block(int how, int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	CHECK(!sigprocmask(how, &set, NULL));
}

pid_t behave_fork(void)
{
	pid_t child = fork();

	CHECK(child >= 0);
	return child;
}

void behave_say_status(const char *who, int status)
{
	if (WIFEXITED(status))
		printf("%s: exited with %d\n", who, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("%s: killed by %d%s\n", who, WTERMSIG(status),
			WCOREDUMP(status) ? ", core dumped" : "");
	else if (WIFSTOPPED(status))
		printf("%s: stopped by %d\n", who, WSTOPSIG(status));
	else if (WIFCONTINUED(status))
		printf("%s: continued\n", who);
	else
		printf("%s: status %x\n", who, (unsigned)status);
}

void behave_reap(pid_t child)
{
	int status;

	CHECK(waitpid(child, &status, WUNTRACED | WCONTINUED | __WALL) == child);
	behave_say_status("child", status);
}

void behave_pause(int milliseconds)
{
	struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

void behave_say_result(const char *what, long result)
{
	if (result == -1)
		printf("%s: %s\n", what, strerror(errno));
	else
		printf("%s: %ld\n", what, result);
}

static int list(void)
{
	for (size_t i = 0; i < TABLES; i++)
		for (const struct behaviour *item = tables[i]; item->name; item++)
			puts(item->name);
	return 0;
}

static const struct behaviour *find(const char *name)
{
	for (size_t i = 0; i < TABLES; i++)
		for (const struct behaviour *item = tables[i]; item->name; item++)
			if (!strcmp(item->name, name))
				return item;
	fprintf(stderr, "behave: %s: no such behaviour\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	CHECK(argc > 1);
	if (!strcmp(argv[1], "--list"))
		return list();
	behave_program = argv[0];
	behave_argument = argc > 2 ? argv[2] : NULL;
	setvbuf(stdout, NULL, _IOLBF, 0);
	behave_busy(3);
	find(argv[1])->run();
	behave_busy(3);
	printf("done\n");
	return 0;
}
