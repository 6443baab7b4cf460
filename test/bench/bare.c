/*
 * bare CALLS: what no tracer of entries and returns can do without. A child that stops twice
 * a call, and a loop that asks for the stop, reads registers and memory, and lets it go.
 */
#include "clock.h"

#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static void stop_again_and_again(long stops)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	while (stops--)
		__asm__ volatile("int3");
	_exit(0);
}

/* Spinning pays unless it holds up the child. */
static int wait_options(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof cpus, &cpus))
		err(1, "sched_getaffinity");
	return CPU_COUNT(&cpus) > 1 ? __WALL | WNOHANG : __WALL;
}

static int next_status(pid_t pid, int options)
{
	int status;
	pid_t stopped;

	while (!(stopped = waitpid(pid, &status, options)))
		;
	if (stopped < 0)
		err(1, "waitpid");
	return status;
}

static long resident(int statm)
{
	char text[128];
	ssize_t length = pread(statm, text, sizeof text - 1, 0);
	char *end;

	if (length <= 0)
		err(1, "statm");
	text[length] = '\0';
	strtol(text, &end, 10);
	return strtol(end, NULL, 10);
}

int main(int argc, char **argv)
{
	long calls = argc > 1 ? atol(argv[1]) : 1;
	long long start = clock_now();
	int options = wait_options();
	struct user_regs_struct registers;
	pid_t pid = fork();
	char path[32];
	int statm;

	if (!pid)
		stop_again_and_again(2 * calls);
	snprintf(path, sizeof path, "/proc/%d/statm", pid);
	statm = open(path, O_RDONLY);
	while (WIFSTOPPED(next_status(pid, options)))
		if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) || !resident(statm) ||
			ptrace(PTRACE_SETREGS, pid, NULL, &registers) ||
			ptrace(PTRACE_CONT, pid, NULL, NULL))
			err(1, "ptrace");
	clock_report(start, calls);
	return 0;
}
