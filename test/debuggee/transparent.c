/*
 * transparent STATUS: prints what a program can know of how it was started, and its input,
 * and exits with STATUS. Whoever watches it must not show.
 */
#include "debuggee.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static void print_signals(void)
{
	sigset_t mask, pending;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigpending(&pending);
	for (int i = 1; i < 65; i++) {
		struct sigaction action;

		if (sigaction(i, NULL, &action))
			continue;
		printf("signal %d:%s%s%s%s\n", i, sigismember(&mask, i) == 1 ? " blocked" : "",
			sigismember(&pending, i) == 1 ? " pending" : "",
			action.sa_handler == SIG_IGN ? " ignored" : "",
			action.sa_handler == SIG_DFL ? " default" : "");
	}
}

static void print_process(void)
{
	cpu_set_t cpus;
	struct rlimit limit;

	CHECK(!sched_getaffinity(0, sizeof cpus, &cpus));
	printf("leads group: %d, session: %d\n", getpgrp() == getpid(), getsid(0) == getpid());
	printf("group is session's: %d, parent's: %d\n", getpgrp() == getsid(0),
		getpgrp() == getpgid(getppid()));
	printf("cpus %d, nice %d, dumpable %d\n", CPU_COUNT(&cpus), getpriority(PRIO_PROCESS, 0),
		prctl(PR_GET_DUMPABLE));
	printf("death signal %d, no new privileges %d, thp %d\n", prctl(PR_GET_PDEATHSIG, &limit),
		prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		CHECK(!getrlimit(i, &limit));
		printf("limit %d: %lx %lx\n", i, (unsigned long)limit.rlim_cur,
			(unsigned long)limit.rlim_max);
	}
	printf("umask %o\n", umask(0));
	errno = 0;
	printf("children: %d %d\n", wait(NULL), errno == ECHILD);
}

static void print_descriptors(void)
{
	DIR *fds = opendir("/proc/self/fd");
	int open_fds = 0;

	while (readdir(fds))
		open_fds++;
	printf("%d descriptors\n", open_fds - 3); /* . and .. and its own */
	closedir(fds);
	for (int fd = 0; fd < 3; fd++)
		printf("descriptor %d: flags %x, terminal %d\n", fd, fcntl(fd, F_GETFL),
			isatty(fd));
}

/* Signals that arrive, calls that they interrupt: a watcher's stops must not add any. */
static void print_interruptions(void)
{
	struct timespec wanted = {0, 30000000}, left = {0, 0};

	printf("sleep %d, ", nanosleep(&wanted, &left));
	printf("poll %d\n", poll(NULL, 0, 30));
}

int main(int argc, char **argv)
{
	char input[4096];
	size_t got;

	for (int i = 1; i < argc; i++)
		printf("argv[%d] = '%s'\n", i, argv[i]);
	for (char **variable = environ; *variable; variable++)
		puts(*variable);
	print_signals();
	print_process();
	print_descriptors();
	print_interruptions();
	while ((got = fread(input, 1, sizeof input, stdin)) > 0)
		fwrite(input, 1, got, stdout);
	fprintf(stderr, "and on standard error\n");
	return argc > 1 ? atoi(argv[1]) : 0;
}
