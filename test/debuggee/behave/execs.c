/*
 * A program that becomes another one, mostly itself again: with an argument, which says that
 * it is the second one.
 */
#include "behave.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;

static void become(const char *name, const char *argument)
{
	execl("/proc/self/exe", behave_program, name, argument, (char *)NULL);
	CHECK(!"reached");
}

static void chain(void)
{
	int left = behave_argument ? atoi(behave_argument) : 5;
	char next[16];

	behave_busy(20);
	printf("%d left, same process %d\n", left, getpid() == getpgid(0) || getppid() > 0);
	snprintf(next, sizeof next, "%d", left - 1);
	if (left)
		become("exec_chain", next);
}

static void *become_second(void *name)
{
	behave_busy(3);
	become(name, "second");
	return NULL;
}

static void *keep_busy(void *arg)
{
	for (;;)
		behave_busy(10);
	return arg;
}

/* The thread takes the place of the leader, and all others are gone. */
static void from_thread(void)
{
	pthread_t thread;

	if (behave_argument) {
		printf("leader %d\n", gettid() == getpid());
		return;
	}
	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(&thread, NULL, keep_busy, NULL));
	CHECK(!pthread_create(&thread, NULL, become_second, (void *)"exec_thread"));
	keep_busy(NULL);
}

static void from_leader(void)
{
	pthread_t thread;

	if (behave_argument)
		return;
	for (int i = 0; i < 5; i++)
		CHECK(!pthread_create(&thread, NULL, keep_busy, NULL));
	behave_pause(5);
	become("exec_leader", "second");
}

static void changed_arguments(void)
{
	char name[32] = "none";
	char *argv[] = {(char *)"another name", (char *)"exec_arguments", (char *)"second", NULL};
	char *none[] = {NULL};
	FILE *file;

	if (!behave_argument) {
		execve("/proc/self/exe", argv, none);
		CHECK(!"reached");
	}
	file = fopen("/proc/self/comm", "re");
	CHECK(file && fgets(name, sizeof name, file));
	fclose(file);
	printf("argv[0] '%s', environment empty %d, comm %s", behave_program, !*environ, name);
}

static void failing(void)
{
	char *argv[] = {(char *)"x", NULL};

	for (int i = 0; i < 3; i++) {
		behave_say_result("missing", execv("/no/such/file", argv));
		behave_say_result("folder", execv("/", argv));
		behave_busy(5);
	}
	close(open("empty", O_CREAT | O_WRONLY | O_CLOEXEC, 0700));
	behave_say_result("no format", execv("./empty", argv));
	close(open("plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	behave_say_result("not executable", execv("./plain", argv));
}

static void script(void)
{
	FILE *file = fopen("script", "we");

	CHECK(file);
	fprintf(file, "#!/bin/sh -e\necho \"script with $1\"\nexit 23\n");
	fclose(file);
	CHECK(!chmod("script", 0700));
	execl("./script", "script", "argument", (char *)NULL);
	CHECK(!"reached");
}

/* Blocked, pending and ignored signals stay; handlers, descriptors and atexit do not. */
static void kept(void)
{
	struct sigaction action;
	sigset_t set;

	if (!behave_argument) {
		behave_block(SIG_BLOCK, SIGUSR1);
		kill(getpid(), SIGUSR1);
		signal(SIGUSR2, SIG_IGN);
		CHECK(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0);
		CHECK(dup2(0, 50) == 50);
		become("exec_kept", "second");
	}
	sigpending(&set);
	CHECK(!sigaction(SIGUSR2, NULL, &action));
	printf("pending %d, ignored %d, descriptor 50 open %d\n", sigismember(&set, SIGUSR1),
		action.sa_handler == SIG_IGN, fcntl(50, F_GETFD) == 0);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void copy(int from, int to)
{
	char buffer[16 * PAGE];
	ssize_t got;

	while ((got = read(from, buffer, sizeof buffer)) > 0)
		CHECK(write(to, buffer, (size_t)got) == got);
}

/* A program that is in no folder. */
static void from_memory(void)
{
	char *argv[] = {(char *)behave_program, (char *)"exec_memory", (char *)"second", NULL};
	int file, memory;

	if (behave_argument) {
		printf("from memory\n");
		return;
	}
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	memory = memfd_create("program", MFD_CLOEXEC);
	copy(file, memory);
	fexecve(memory, argv, environ);
	CHECK(!"reached");
}

/* A file that is removed while it runs. */
static void removed(void)
{
	int file, program;

	if (behave_argument) {
		CHECK(!unlink("copy"));
		behave_busy(10);
		printf("removed\n");
		return;
	}
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	program = open("copy", O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
	copy(file, program);
	close(program);
	execl("./copy", "copy", "exec_removed", "second", (char *)NULL);
	CHECK(!"reached");
}

static void large(void)
{
	size_t size = 100000;
	char *argument = (char *)malloc(size + 1);
	char *argv[20];

	if (behave_argument) {
		printf("argument of %zu\n", strlen(behave_argument));
		return;
	}
	memset(argument, 'x', size);
	argument[size] = '\0';
	for (int i = 0; i < 19; i++)
		argv[i] = argument;
	argv[0] = (char *)behave_program;
	argv[1] = (char *)"exec_large";
	argv[19] = NULL;
	execve("/proc/self/exe", argv, environ);
	CHECK(!"reached");
}

static void in_child(void)
{
	pid_t child;

	if (behave_argument)
		return;
	child = behave_fork();
	if (!child)
		become("exec_child", "second");
	behave_reap(child);
}

static void in_vfork_child(void)
{
	pid_t child;

	if (behave_argument)
		exit(behave_work(20, 5));
	child = vfork();
	if (!child)
		become("exec_vfork_child", "second");
	behave_busy(10);
	behave_reap(child);
}

/* Another program altogether, without debug info. */
static void other(void)
{
	execlp("sh", "sh", "-c", "echo other; kill -TERM $$", (char *)NULL);
	CHECK(!"reached");
}

const struct behaviour behave_execs[] = {
	{"exec_chain", chain},
	{"exec_thread", from_thread},
	{"exec_leader", from_leader},
	{"exec_arguments", changed_arguments},
	{"exec_failing", failing},
	{"exec_script", script},
	{"exec_kept", kept},
	{"exec_memory", from_memory},
	{"exec_removed", removed},
	{"exec_large", large},
	{"exec_child", in_child},
	{"exec_vfork_child", in_vfork_child},
	{"exec_other", other},
	{NULL, NULL},
};
