/*
 * forks HOW N K: grow_n() adds N pages, and then K children are made (by fork, nested forks,
 * vfork, clone_vm, spawn, popen, system, as a daemon, or by fork and vfork while threads are
 * busy); a forked one calls grow_n() as well, in vain: only what this process grew by counts.
 * Then grow_n() once more.
 */
#include "debuggee.h"

#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static NOINLINE void grow_n(size_t pages)
{
	map_pages(pages);
}

static void check_child(pid_t child, int expected)
{
	int status;

	CHECK(child > 0);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == expected);
}

/* A child that goes on with the program, and its own children, so many generations. */
static NOINLINE void by_fork(size_t pages, int generations)
{
	pid_t child = fork();

	if (child) {
		check_child(child, 7);
		return;
	}
	grow_n(pages);
	if (generations)
		by_fork(pages, generations - 1);
	_exit(7);
}

static NOINLINE int nothing(int value)
{
	return value;
}

static NOINLINE void by_vfork(void)
{
	pid_t child = vfork();

	if (!child) {
		nothing(7); /* in its parent's memory */
		execlp("sh", "sh", "-c", "exit 7", (char *)NULL);
		_exit(1);
	}
	check_child(child, 7);
}

static NOINLINE void by_spawn(void)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)"exit 7", NULL};
	pid_t child;

	CHECK(!posix_spawnp(&child, "sh", NULL, NULL, argv, environ));
	check_child(child, 7);
}

static NOINLINE void by_popen(void)
{
	char line[16] = "";
	FILE *output = popen("echo 7", "r");

	CHECK(output && fgets(line, sizeof line, output) && !strcmp(line, "7\n"));
	CHECK(!pclose(output));
}

/* A grandchild that its parent does not wait for: the output's end tells that it is done. */
static NOINLINE void by_daemon(size_t pages)
{
	int ends[2];
	char result;
	pid_t child;

	CHECK(!pipe(ends));
	child = fork();
	if (!child && !fork()) {
		setsid();
		grow_n(pages);
		_exit(write(ends[1], "7", 1) != 1);
	} else if (!child)
		_exit(7);
	check_child(child, 7);
	CHECK(read(ends[0], &result, 1) == 1 && result == '7');
	close(ends[0]);
	close(ends[1]);
}

static int share_memory(void *pages)
{
	grow_n((size_t)pages);
	return 7;
}

/* A process of its own in this one's memory: what it maps is this one's growth. */
static NOINLINE void by_clone_vm(size_t pages)
{
	static char stack[32 * PAGE] __attribute__((aligned(16)));

	check_child(
		clone(share_memory, stack + sizeof stack, CLONE_VM | SIGCHLD, (void *)pages), 7);
}

static volatile int over;

static NOINLINE void *busy(void *arg)
{
	while (!over)
		nothing(1);
	return arg;
}

static NOINLINE void among_threads(size_t pages)
{
	pthread_t threads[2];

	over = 0;
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_create(&threads[i], NULL, busy, NULL));
	for (int i = 0; i < 20; i++) {
		by_fork(pages, 0);
		by_vfork();
	}
	over = 1;
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_join(threads[i], NULL));
}

static void make_child(const char *how, size_t pages)
{
	if (!strcmp(how, "fork"))
		by_fork(pages, 0);
	else if (!strcmp(how, "nested"))
		by_fork(pages, 3);
	else if (!strcmp(how, "vfork"))
		by_vfork();
	else if (!strcmp(how, "clone_vm"))
		by_clone_vm(pages);
	else if (!strcmp(how, "spawn"))
		by_spawn();
	else if (!strcmp(how, "popen"))
		by_popen();
	else if (!strcmp(how, "threads"))
		among_threads(pages);
	else if (!strcmp(how, "daemon"))
		by_daemon(pages);
	else
		CHECK(WEXITSTATUS(system("exit 7")) == 7);
}

int main(int argc, char **argv)
{
	size_t pages = number(argc, argv, 2), children = number(argc, argv, 3);

	prepare();
	grow_n(pages);
	for (size_t i = 0; i < children; i++)
		make_child(argv[1], pages);
	grow_n(pages);
	printf("%s: %zu children\n", argv[1], children);
	return 0;
}
