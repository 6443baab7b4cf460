/* Children, in every way in which they are made. */
#include "behave.h"

#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

extern char **environ;

static char stack[16 * PAGE];

static void by_fork(void)
{
	pid_t child = behave_fork();

	if (!child) {
		behave_busy(100);
		exit(5);
	}
	behave_busy(100);
	behave_reap(child);
}

static NOINLINE void vfork_exec(const char *script)
{
	pid_t child = vfork();

	if (!child) {
		behave_work(1, 4);
		execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(1);
	}
	behave_reap(child);
}

static void by_vfork(void)
{
	volatile int shared = 0;
	pid_t child;

	vfork_exec("exit 6");
	vfork_exec("kill -9 $$");
	child = vfork();
	if (!child) {
		shared = behave_work(41, 1);
		_exit(shared);
	}
	printf("shared %d\n", shared);
	behave_reap(child);
}

static void *vfork_thread(void *arg)
{
	for (int i = 0; i < 10; i++) {
		int status;
		pid_t child = vfork();

		if (!child) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(1);
		}
		CHECK(waitpid(child, &status, 0) == child && status == 0);
		behave_busy(5);
	}
	return arg;
}

static void by_vfork_in_threads(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, vfork_thread, NULL));
	behave_busy(200);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_join(threads[i], NULL));
	printf("40 children\n");
}

static void by_spawn(void)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)"echo spawned; exit 7", NULL};
	char *none[] = {(char *)"/nowhere", NULL};
	posix_spawn_file_actions_t actions;
	pid_t child;

	CHECK(!posix_spawn_file_actions_init(&actions));
	CHECK(!posix_spawn_file_actions_addopen(&actions, 1, "spawned", O_CREAT | O_WRONLY, 0600));
	CHECK(!posix_spawnp(&child, "sh", &actions, NULL, argv, environ));
	behave_reap(child);
	printf("nowhere: %s\n", strerror(posix_spawn(&child, none[0], NULL, NULL, none, environ)));
}

static void by_system(void)
{
	behave_say_status("system", system("exit 8"));
	behave_say_status("system", system("kill -TERM $$"));
	behave_say_status("system", system("echo from the shell"));
}

static void by_popen(void)
{
	char line[64];
	FILE *file = popen("echo through the pipe; exit 9", "re");

	CHECK(fgets(line, sizeof line, file));
	printf("%s", line);
	behave_say_status("popen", pclose(file));
}

static int cloned(void *arg)
{
	*(volatile int *)arg = behave_work(10, 3);
	behave_busy(20);
	return 11;
}

static void clone_with(const char *name, int flags)
{
	volatile int value = 0;
	pid_t child = clone(cloned, stack + sizeof stack, flags | SIGCHLD, (void *)&value);

	CHECK(child > 0);
	printf("%s: ", name);
	behave_reap(child);
	printf("value %d\n", value);
}

static void by_clone(void)
{
	clone_with("copied", 0);
	clone_with("files", CLONE_FILES | CLONE_FS);
}

static void by_clone_vm(void)
{
	clone_with("memory", CLONE_VM);
	clone_with("memory, files", CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND);
}

static void by_clone_vfork(void)
{
	clone_with("vfork", CLONE_VM | CLONE_VFORK);
	clone_with("vfork of a copy", CLONE_VFORK);
}

/* Signals nobody when it ends, and is waited for all the same. */
static void by_silent_clone(void)
{
	volatile int value = 0;
	int status;
	pid_t child = clone(cloned, stack + sizeof stack, CLONE_VM, (void *)&value);

	CHECK(child > 0);
	CHECK(waitpid(child, &status, 0) < 0 && errno == ECHILD);
	CHECK(waitpid(child, &status, __WCLONE) == child);
	behave_say_status("silent", status);
}

static void by_untraced_clone(void)
{
	clone_with("untraced copy", CLONE_UNTRACED);
}

static void by_untraced_clone_vm(void)
{
	clone_with("untraced, memory", CLONE_VM | CLONE_UNTRACED);
}

static int say_parent(void *arg)
{
	CHECK(write(*(int *)arg, "x", 1) == 1);
	return 0;
}

/* Its parent's child, so not ours to wait for. */
static void by_clone_parent(void)
{
	int ends[2];
	char byte;
	pid_t child;

	CHECK(!pipe(ends));
	child = clone(say_parent, stack + sizeof stack, CLONE_PARENT | SIGCHLD, &ends[1]);
	CHECK(child > 0);
	CHECK(read(ends[0], &byte, 1) == 1);
	behave_say_result("waitpid", waitpid(child, NULL, 0));
}

static void by_clone3(void)
{
	int pidfd = -1;
	struct clone_args arguments = {
		.flags = CLONE_PIDFD, .pidfd = (uint64_t)&pidfd, .exit_signal = SIGCHLD};
	siginfo_t info;
	pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);

	CHECK(child >= 0);
	if (!child) {
		behave_busy(10);
		_exit(12);
	}
	CHECK(pidfd >= 0 && !waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED));
	printf("code %d, status %d, itself %d\n", info.si_code, info.si_status,
		info.si_pid == child);
}

static volatile pid_t handler_child;

static void fork_in_handler(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	handler_child = behave_fork();
	if (!handler_child) {
		behave_busy(10);
		_exit(13);
	}
}

static void by_handler(void)
{
	behave_handle(SIGUSR1, fork_in_handler, 0);
	raise(SIGUSR1);
	behave_reap(handler_child);
}

static void many(void)
{
	int sum = 0, status;

	for (int i = 0; i < 200; i++)
		if (!behave_fork())
			_exit(behave_work(i, 2) % 100);
	while (wait(&status) > 0)
		sum += WEXITSTATUS(status);
	printf("sum %d\n", sum);
}

static void *keep_busy(void *stop)
{
	while (!*(volatile int *)stop)
		behave_busy(10);
	return NULL;
}

static void while_threads_run(void)
{
	pthread_t threads[3];
	volatile int stop = 0;

	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(&threads[i], NULL, keep_busy, (void *)&stop));
	for (int i = 0; i < 20; i++) {
		int status;
		pid_t child = behave_fork();

		if (!child) {
			behave_busy(20);
			_exit(i);
		}
		CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == i);
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		CHECK(!pthread_join(threads[i], NULL));
	printf("20 children\n");
}

static volatile sig_atomic_t handled;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	handled++;
	behave_work(1, 2);
}

/* Signals that arrive while forks are made interrupt them, and only delay them. */
static void under_signals(void)
{
	timer_t timer;
	struct itimerspec when = {{0, 300000}, {0, 300000}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};

	behave_handle(SIGUSR1, on_signal, SA_RESTART);
	CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK(!timer_settime(timer, 0, &when, NULL));
	for (int i = 0; i < 30; i++) {
		int status;
		pid_t child = behave_fork();

		if (!child)
			_exit(behave_work(i, 1));
		CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == i + 1);
	}
	while (!handled)
		behave_busy(1);
	CHECK(!timer_delete(timer));
	printf("30 children\n");
}

static void say_before(void)
{
	printf("before\n");
}

static void say_parent_after(void)
{
	behave_busy(2);
}

static void say_child_after(void)
{
	printf("in the child\n");
}

static void at_fork(void)
{
	pid_t child;

	CHECK(!pthread_atfork(say_before, say_parent_after, say_child_after));
	child = behave_fork();
	if (!child)
		_exit(0);
	behave_reap(child);
}

const struct behaviour behave_processes[] = {
	{"process_fork", by_fork},
	{"process_vfork", by_vfork},
	{"process_vfork_threads", by_vfork_in_threads},
	{"process_spawn", by_spawn},
	{"process_system", by_system},
	{"process_popen", by_popen},
	{"process_clone", by_clone},
	{"process_clone_vm", by_clone_vm},
	{"process_clone_vfork", by_clone_vfork},
	{"process_clone_silent", by_silent_clone},
	{"process_clone_untraced", by_untraced_clone},
	{"process_clone_vm_untraced", by_untraced_clone_vm},
	{"process_clone_parent", by_clone_parent},
	{"process_clone3", by_clone3},
	{"process_fork_in_handler", by_handler},
	{"process_many", many},
	{"process_fork_threads", while_threads_run},
	{"process_fork_signals", under_signals},
	{"process_atfork", at_fork},
	{NULL, NULL},
};
