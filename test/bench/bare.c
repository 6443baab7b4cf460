/*
 * bare CALLS: what no tracer of entries and returns can do without. A child that stops twice
 * a call, and a loop that asks for the stop, reads registers and memory, and lets it go.
 */
#include "clock.h"

#include <err.h>
#include <fcntl.h>
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

static int next_status(pid_t pid)
{
	int status;

	while (!waitpid(pid, &status, __WALL | WNOHANG))
		;
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
	struct user_regs_struct registers;
	pid_t pid = fork();
	char path[32];
	int statm;

	if (!pid)
		stop_again_and_again(2 * calls);
	snprintf(path, sizeof path, "/proc/%d/statm", pid);
	statm = open(path, O_RDONLY);
	while (WIFSTOPPED(next_status(pid)))
		if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) || !resident(statm) ||
			ptrace(PTRACE_SETREGS, pid, NULL, &registers) ||
			ptrace(PTRACE_CONT, pid, NULL, NULL))
			err(1, "ptrace");
	clock_report(start, calls);
	return 0;
}
