/* What a program is given at its start, and can ask for later. */
#include "behave.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;

static void environment(void)
{
	for (char **variable = environ; *variable; variable++)
		if (strncmp(*variable, "_=", 2))
			puts(*variable);
	printf("argv[0] is of this program: %d\n",
		!strcmp(strrchr(behave_program, '/') + 1, "behave"));
}

static void folder(void)
{
	char path[4096], *last;
	struct stat here;

	CHECK(getcwd(path, sizeof path) && !stat(".", &here));
	last = strrchr(path, '/');
	printf("%s, mode %o, umask %o\n", last, here.st_mode, umask(0));
}

static void priorities(void)
{
	cpu_set_t set;

	CHECK(!sched_getaffinity(0, sizeof set, &set));
	printf("nice %d, scheduler %d, processors %d\n", getpriority(PRIO_PROCESS, 0),
		sched_getscheduler(0), CPU_COUNT(&set));
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		CHECK(!getrlimit(i, &limit));
		printf("limit %d: %lx %lx\n", i, (unsigned long)limit.rlim_cur,
			(unsigned long)limit.rlim_max);
	}
}

static void dispositions(void)
{
	sigset_t mask, pending;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigpending(&pending);
	for (int i = 1; i < NSIG; i++) {
		struct sigaction action;

		if (sigaction(i, NULL, &action))
			continue;
		if (sigismember(&mask, i) == 1 || action.sa_handler != SIG_DFL)
			printf("signal %d: blocked %d, ignored %d, pending %d\n", i,
				sigismember(&mask, i), action.sa_handler == SIG_IGN,
				sigismember(&pending, i));
	}
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	return atoi((*a)->d_name) - atoi((*b)->d_name);
}

/* With its own, which reads the folder. */
static void descriptors(void)
{
	struct dirent **names;
	int count = scandir("/proc/self/fd", &names, NULL, by_number);

	for (int i = 0; i < count; i++)
		if (names[i]->d_name[0] != '.')
			printf("descriptor %s, flags %x\n", names[i]->d_name,
				fcntl(atoi(names[i]->d_name), F_GETFD));
}

static void ids(void)
{
	int signal, subreaper;

	printf("leads session %d, group %d\n", getsid(0) == getpid(), getpgrp() == getpid());
	printf("group is parent's %d, session is parent's %d\n", getpgrp() == getpgid(getppid()),
		getsid(0) == getsid(getppid()));
	CHECK(!prctl(PR_GET_PDEATHSIG, &signal) && !prctl(PR_GET_CHILD_SUBREAPER, &subreaper));
	printf("death signal %d, dumpable %d, no new privileges %d, subreaper %d\n", signal,
		prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
		subreaper);
	printf("seccomp %d, secure %lu\n", prctl(PR_GET_SECCOMP, 0, 0, 0, 0), getauxval(AT_SECURE));
}

static void own_file(void)
{
	char path[4096] = "", name[64] = "";
	FILE *file = fopen("/proc/self/comm", "re");
	struct stat there, here;

	CHECK(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
	CHECK(fgets(name, sizeof name, file));
	fclose(file);
	CHECK(!stat(path, &there) && !stat("/proc/self/exe", &here));
	printf("%s, same file %d, comm %s", strrchr(path, '/'), there.st_ino == here.st_ino, name);
}

/* As daemons do: nothing is open that they did not open. */
static void closes_all(void)
{
	int out = dup(1);

	CHECK(out >= 0);
	for (int fd = 0; fd < out; fd++)
		close(fd);
	closefrom(out + 1);
	behave_busy(50);
	CHECK(dup2(out, 1) == 1);
	close(out);
	CHECK(open("/dev/null", O_RDONLY) == 0);
	printf("going on\n");
}

static void closes_everything(void)
{
	closefrom(0);
	behave_busy(50);
	map_pages(3);
	_exit(18);
}

static void own_usage(void)
{
	struct rusage before, after;

	CHECK(!getrusage(RUSAGE_SELF, &before));
	map_pages(1000);
	CHECK(!getrusage(RUSAGE_SELF, &after));
	printf("faults %d, peak %d, none of children %d\n", after.ru_minflt - before.ru_minflt >= 2,
		after.ru_maxrss - before.ru_maxrss >= 3000,
		!getrusage(RUSAGE_CHILDREN, &after) && !after.ru_maxrss);
	behave_say_result("no children", waitpid(-1, NULL, WNOHANG));
}

const struct behaviour behave_surroundings[] = {
	{"start_environment", environment},
	{"start_folder", folder},
	{"start_priorities", priorities},
	{"start_signals_blocked", dispositions},
	{"start_signals_ignored", dispositions},
	{"start_descriptors", descriptors},
	{"start_descriptors_closed", descriptors},
	{"start_ids", ids},
	{"start_file", own_file},
	{"start_usage", own_usage},
	{"close_all", closes_all},
	{"close_everything", closes_everything},
	{NULL, NULL},
};
