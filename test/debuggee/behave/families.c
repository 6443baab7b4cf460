/* What parents and children know and do of one another: waits, orphans, daemons, tracing. */
#include "behave.h"

#include <errno.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

static void waits(void)
{
	siginfo_t info;
	int status, ends[2];
	char byte;
	pid_t child;

	CHECK(!pipe(ends));
	child = behave_fork();
	if (!child) {
		raise(SIGSTOP);
		exit(read(ends[0], &byte, 1) == 1 ? 4 : 5);
	}
	behave_reap(child);
	behave_say_result("not yet", waitpid(child, &status, WNOHANG));
	kill(child, SIGCONT);
	behave_reap(child);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK(!waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT));
	printf("code %d, status %d\n", info.si_code, info.si_status);
	behave_reap(child);
	behave_say_result("no more", wait(&status));
}

static void child_usage(void)
{
	struct rusage usage, mine;
	int status;
	pid_t child = behave_fork();

	if (!child) {
		map_pages(2000);
		_exit(0);
	}
	CHECK(wait4(child, &status, 0, &usage) == child);
	behave_say_status("child", status);
	printf("it had its pages: %d %d\n", usage.ru_maxrss >= 8000, usage.ru_minflt >= 2000);
	CHECK(!getrusage(RUSAGE_CHILDREN, &mine));
	printf("so had the children: %d\n", mine.ru_maxrss == usage.ru_maxrss);
	CHECK(!getrusage(RUSAGE_SELF, &mine));
	printf("not this one: %d\n", mine.ru_minflt < 1500);
}

static void orphans(void)
{
	int ends[2], status;
	pid_t grandchild, child;

	CHECK(!pipe(ends) && !prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	child = behave_fork();
	if (!child) {
		grandchild = behave_fork();
		if (!grandchild) {
			behave_pause(30);
			behave_busy(10);
			_exit(21);
		}
		CHECK(write(ends[1], &grandchild, sizeof grandchild) == sizeof grandchild);
		_exit(20);
	}
	CHECK(read(ends[0], &grandchild, sizeof grandchild) == sizeof grandchild);
	CHECK(waitpid(child, &status, 0) == child);
	behave_say_status("child", status);
	CHECK(waitpid(grandchild, &status, 0) == grandchild);
	behave_say_status("grandchild", status);
}

/* What it saw goes into a file, whose name says when it is whole. */
static void be_daemon(void)
{
	FILE *file = fopen("unfinished", "we");

	CHECK(file);
	fprintf(file, "leads session %d, group %d\n", getsid(0) == getpid(), getpgrp() == getpid());
	fprintf(file, "has a terminal %d\n", open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0);
	fprintf(file, "worked %d\n", behave_work(5, 5));
	fclose(file);
	CHECK(!rename("unfinished", "finished"));
	_exit(0);
}

static void daemonised(void)
{
	pid_t child = behave_fork();

	if (!child) {
		CHECK(setsid() == getpid());
		if (behave_fork())
			_exit(0);
		CHECK(!daemon(1, 0));
		be_daemon();
	}
	behave_reap(child);
}

/* By the program itself: its first process ends, and the second goes on. */
static void daemon_itself(void)
{
	CHECK(!daemon(1, 0));
	be_daemon();
}

static void sessions(void)
{
	pid_t child = behave_fork();

	if (!child) {
		CHECK(setsid() == getpid());
		printf("leads session %d, group %d\n", getsid(0) == getpid(),
			getpgrp() == getpid());
		_exit(0);
	}
	behave_reap(child);
	CHECK(!setpgid(0, 0));
	printf("leads group %d\n", getpgrp() == getpid());
	behave_say_result("setsid of a leader", setsid());
}

static void death_signal(void)
{
	int ends[2];
	char byte;
	pid_t child;

	CHECK(!pipe(ends));
	child = behave_fork();
	if (!child) {
		pid_t grandchild = behave_fork();

		if (!grandchild) {
			close(ends[0]);
			CHECK(!prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
			CHECK(write(ends[1], "x", 1) == 1);
			pause();
		}
		close(ends[1]);
		CHECK(read(ends[0], &byte, 1) == 1);
		_exit(0);
	}
	close(ends[1]);
	behave_reap(child);
	behave_say_result("end of file", read(ends[0], &byte, 1));
}

/* A debugger's first steps: in the child, which is not ours. */
static void traces_child(void)
{
	struct user_regs_struct registers;
	int status;
	pid_t child = behave_fork();

	if (!child) {
		CHECK(!ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		raise(SIGSTOP);
		behave_busy(10);
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	behave_reap(child);
	CHECK(!ptrace(PTRACE_GETREGS, child, NULL, &registers) && registers.rip);
	CHECK(!ptrace(PTRACE_CONT, child, NULL, NULL));
	behave_reap(child);
	for (int i = 0; i < 10; i++) {
		CHECK(!ptrace(PTRACE_SINGLESTEP, child, NULL, NULL));
		CHECK(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
	}
	CHECK(!ptrace(PTRACE_DETACH, child, NULL, NULL));
	behave_reap(child);
}

static void attaches_to_child(void)
{
	int status;
	pid_t child = behave_fork();

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			behave_busy(10);
	}
	behave_say_result("PTRACE_SEIZE", ptrace(PTRACE_SEIZE, child, NULL, NULL));
	CHECK(!ptrace(PTRACE_INTERRUPT, child, NULL, NULL));
	CHECK(waitpid(child, &status, 0) == child);
	printf("event %d\n", status >> 16);
	CHECK(!ptrace(PTRACE_DETACH, child, NULL, NULL) && !kill(child, SIGTERM));
	behave_reap(child);
}

/* As programs do that will not be debugged. */
static void asks_to_be_traced(void)
{
	behave_say_result("PTRACE_TRACEME", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

/* As crash reporters do. */
static void child_attaches(void)
{
	int status;
	pid_t parent = getpid(), child;

	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	child = behave_fork();
	if (!child) {
		long result = ptrace(PTRACE_ATTACH, parent, NULL, NULL);

		behave_say_result("PTRACE_ATTACH", result);
		if (!result) {
			CHECK(waitpid(parent, &status, __WALL) == parent);
			CHECK(!ptrace(PTRACE_DETACH, parent, NULL, NULL));
		}
		_exit(0);
	}
	behave_reap(child);
}

static void tracer_of_status(void)
{
	char line[128];
	FILE *file = fopen("/proc/self/status", "re");

	CHECK(file);
	while (fgets(line, sizeof line, file))
		if (!strncmp(line, "TracerPid:", 10))
			printf("traced: %d\n", atoi(line + 10) != 0);
	fclose(file);
}

static volatile sig_atomic_t handled;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	handled++;
}

/* To all of a group at once, each of which gets it once. */
static void signals_group(void)
{
	behave_handle(SIGTERM, on_signal, SA_RESTART);
	CHECK(!kill(0, SIGTERM));
	behave_pause(50);
	printf("handled %d\n", (int)handled);
}

static void parent_lives(void)
{
	printf("parent lives: %d\n", getppid() > 1 && !kill(getppid(), 0));
}

const struct behaviour behave_families[] = {
	{"family_waits", waits},
	{"family_usage", child_usage},
	{"family_orphans", orphans},
	{"family_daemon", daemonised},
	{"family_daemon_itself", daemon_itself},
	{"family_sessions", sessions},
	{"family_death_signal", death_signal},
	{"family_traced_child", traces_child},
	{"family_attached_child", attaches_to_child},
	{"family_traceme", asks_to_be_traced},
	{"family_attached_by_child", child_attaches},
	{"family_group_signal", signals_group},
	{"family_tracer", tracer_of_status},
	{"family_parent", parent_lives},
	{NULL, NULL},
};
