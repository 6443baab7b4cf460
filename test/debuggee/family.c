/*
 * family HOW P C: parent_grow() adds P pages, a child is made in the way that is asked for, adds
 * C pages in child_grow(), and ends with status 7; then parent_grow() adds P once more. Each
 * process says `parent PID` or `child PID` when it is done.
 * family child C: such a child, as a program of its own.
 * family storm P C N: N children, 20 at a time.
 * family chain P C N: each has a child, down to N generations.
 * family nested P C: outer() and inner() are under way when the process forks, in both of
 * them from there: inner() adds P pages in one and C in the other, outer() one more page.
 * family linger P C: the parent ends at once, the child at the end of its input.
 * family idle P N: the child calls a function that does nothing N times.
 * family who: says what user it works for.
 */
#include "debuggee.h"

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define AT_A_TIME 20

extern char **environ;
static size_t parent_pages, child_pages;
static char pages_text[24];
static char *const as_child[] = {(char *)"family", (char *)"child", pages_text, NULL};

static NOINLINE void parent_grow(void)
{
	map_pages(parent_pages);
}

static NOINLINE void child_grow(void)
{
	map_pages(child_pages);
}

static void say(const char *role)
{
	dprintf(1, "%s %d\n", role, getpid());
}

/* A fork leaves file pages behind: they are brought back before what is measured. */
static NOINLINE void be_child(void)
{
	prepare();
	child_grow();
	say("child");
}

static void check_child(pid_t child)
{
	int status;

	CHECK(child > 0);
	CHECK(waitpid(child, &status, __WALL) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void become_child(void)
{
	execv("/proc/self/exe", as_child);
	_exit(1);
}

static void by_fork(void)
{
	pid_t child = fork();

	if (!child) {
		be_child();
		_exit(7);
	}
	check_child(child);
}

static void by_fork_and_exec(void)
{
	pid_t child = fork();

	if (!child)
		become_child();
	check_child(child);
}

static void by_vfork(void)
{
	pid_t child = vfork();

	if (!child)
		become_child();
	check_child(child);
}

static void by_spawn(void)
{
	pid_t child;

	CHECK(!posix_spawn(&child, "/proc/self/exe", NULL, NULL, as_child, environ));
	check_child(child);
}

static void by_clone(unsigned long flags)
{
	pid_t child = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, 0);

	if (!child) {
		be_child();
		_exit(7);
	}
	check_child(child);
}

static void by_plain_clone(void)
{
	by_clone(SIGCHLD);
}

static void by_clone_sharing_files(void)
{
	by_clone(CLONE_FS | CLONE_FILES | CLONE_IO | CLONE_SYSVSEM | SIGCHLD);
}

static void by_clone_without_signal(void)
{
	by_clone(0);
}

static void by_clone_with_another_signal(void)
{
	signal(SIGUSR2, SIG_IGN);
	by_clone(SIGUSR2);
}

static void by_clone_waiting(void)
{
	by_clone(CLONE_VFORK | SIGCHLD);
}

/* No tracer hears of it. */
static void by_clone_untraced(void)
{
	by_clone(CLONE_UNTRACED | SIGCHLD);
}

/* A child of one's own parent: it tells by a pipe that it is done. */
static void by_clone_of_the_parent(void)
{
	int ends[2];
	char byte;

	CHECK(!pipe(ends));
	if (!syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, 0)) {
		close(ends[0]);
		be_child();
		_exit(7);
	}
	close(ends[1]);
	CHECK(!read(ends[0], &byte, 1));
	close(ends[0]);
}

static void by_clone3(void)
{
	struct clone_args args = {.flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD};
	pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof args);

	if (!child) {
		be_child();
		_exit(7);
	}
	check_child(child);
}

/* The child's own child is nobody's: the end of a pipe tells that both are done. */
static void by_daemon(void)
{
	int ends[2];
	char byte;
	pid_t child;

	CHECK(!pipe(ends));
	child = fork();
	if (!child) {
		close(ends[0]);
		if (!fork()) {
			CHECK(setsid() > 0);
			be_child();
			_exit(7);
		}
		_exit(7);
	}
	close(ends[1]);
	check_child(child);
	CHECK(!read(ends[0], &byte, 1));
	close(ends[0]);
}

static void *outlive_leader(void *leader)
{
	CHECK(!pthread_join(*(pthread_t *)leader, NULL));
	child_grow();
	say("child");
	_exit(7);
}

/* In the child the first thread ends long before the other one, which grows. */
static void by_leaving_threads(void)
{
	static pthread_t leader;
	pid_t child = fork();
	pthread_t thread;

	if (!child) {
		leader = pthread_self();
		prepare();
		CHECK(!pthread_create(&thread, NULL, outlive_leader, &leader));
		pthread_exit(NULL);
	}
	check_child(child);
}

static void by_exec(void)
{
	become_child();
}

static void *execute_in_thread(void *arg)
{
	become_child();
	return arg;
}

static void *sleep_in_thread(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void by_exec_in_thread(void)
{
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(
			&threads[i], NULL, i < 2 ? sleep_in_thread : execute_in_thread, NULL));
	for (;;)
		pause();
}

static void storm(size_t count)
{
	for (size_t made = 0; made < count;) {
		pid_t children[AT_A_TIME];
		size_t i = 0;

		for (; i < AT_A_TIME && made < count; i++, made++) {
			children[i] = fork();
			if (!children[i]) {
				be_child();
				_exit(7);
			}
		}
		while (i)
			check_child(children[--i]);
	}
}

static void chain(size_t generations)
{
	pid_t child = generations ? fork() : -1;

	if (!child) {
		be_child();
		chain(generations - 1);
		_exit(7);
	}
	if (generations)
		check_child(child);
}

/* Whoever comes out of it is the child or the parent, with the same calls under way. */
static NOINLINE pid_t inner(void)
{
	pid_t child = fork();

	if (child)
		parent_grow();
	else
		child_grow();
	return child;
}

static NOINLINE pid_t outer(void)
{
	pid_t child = inner();

	map_pages(1);
	return child;
}

static void nested(void)
{
	pid_t child = outer();

	say(child ? "parent" : "child");
	if (!child)
		_exit(7);
	check_child(child);
}

static void linger(void)
{
	char byte;

	if (fork())
		return;
	while (read(0, &byte, 1) > 0)
		continue;
	be_child();
	_exit(7);
}

static NOINLINE void nothing(void)
{
}

/* What traces this process: 0 where nobody does. */
static long tracer(void)
{
	char line[128];
	long pid = -1;
	FILE *status = fopen("/proc/self/status", "r");

	CHECK(status);
	while (fgets(line, sizeof line, status))
		sscanf(line, "TracerPid: %ld", &pid);
	fclose(status);
	return pid;
}

static void idle(size_t calls)
{
	pid_t child = fork();

	if (child) {
		check_child(child);
		return;
	}
	while (calls--)
		nothing();
	dprintf(1, "traced: %d\n", tracer() != 0);
	_exit(7);
}

static void *fork_in_thread(void *arg)
{
	by_fork();
	return arg;
}

static void by_fork_in_thread(void)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, fork_in_thread, NULL));
	CHECK(!pthread_join(thread, NULL));
}

static const struct {
	const char *how;
	void (*make)(void);
} ways[] = {
	{"fork", by_fork},
	{"fork_exec", by_fork_and_exec},
	{"fork_in_thread", by_fork_in_thread},
	{"vfork", by_vfork},
	{"spawn", by_spawn},
	{"clone", by_plain_clone},
	{"clone_files", by_clone_sharing_files},
	{"clone_no_signal", by_clone_without_signal},
	{"clone_signal", by_clone_with_another_signal},
	{"clone_vfork", by_clone_waiting},
	{"clone_untraced", by_clone_untraced},
	{"clone_parent", by_clone_of_the_parent},
	{"clone3", by_clone3},
	{"daemon", by_daemon},
	{"leader", by_leaving_threads},
	{"exec", by_exec},
	{"exec_in_thread", by_exec_in_thread},
	{"nested", nested},
	{"linger", linger},
};

static void make_family(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (!strcmp(argv[1], ways[i].how))
			ways[i].make();
	if (!strcmp(argv[1], "storm"))
		storm(number(argc, argv, 4));
	if (!strcmp(argv[1], "chain"))
		chain(number(argc, argv, 4));
	if (!strcmp(argv[1], "idle"))
		idle(child_pages);
}

int main(int argc, char **argv)
{
	CHECK(argc > 1);
	if (!strcmp(argv[1], "who")) {
		printf("for %d as %d\n", getuid(), geteuid());
		return 0;
	}
	prepare();
	if (!strcmp(argv[1], "child")) {
		child_pages = number(argc, argv, 2);
		child_grow();
		say("child");
		return 7;
	}
	parent_pages = number(argc, argv, 2);
	child_pages = number(argc, argv, 3);
	snprintf(pages_text, sizeof pages_text, "%zu", child_pages);
	parent_grow();
	make_family(argc, argv);
	parent_grow();
	say("parent");
	return 0;
}
