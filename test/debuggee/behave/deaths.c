/* Ends: by signals, by exits of all kinds. */
#include "behave.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>

static NOINLINE void die_of(int signal)
{
	behave_busy(2);
	printf("dying of %d\n", signal);
	raise(signal);
}

#define DEATH(name, signal)     \
	static void name(void)  \
	{                       \
		die_of(signal); \
	}

DEATH(of_hangup, SIGHUP)
DEATH(of_interrupt, SIGINT)
DEATH(of_quit, SIGQUIT)
DEATH(of_illegal, SIGILL)
DEATH(of_trap, SIGTRAP)
DEATH(of_bus, SIGBUS)
DEATH(of_fpe, SIGFPE)
DEATH(of_kill, SIGKILL)
DEATH(of_segv, SIGSEGV)
DEATH(of_pipe, SIGPIPE)
DEATH(of_alarm, SIGALRM)
DEATH(of_term, SIGTERM)
DEATH(of_usr1, SIGUSR1)
DEATH(of_sys, SIGSYS)
DEATH(of_realtime, SIGRTMAX)

static void of_abort(void)
{
	abort();
}

static void of_fault(void)
{
	*(volatile char *)8 = 1;
}

static void of_int3(void)
{
	asm volatile("int3");
}

/* A fault cannot be blocked away, nor ignored. */
static void of_blocked_fault(void)
{
	behave_block(SIG_BLOCK, SIGSEGV);
	signal(SIGSEGV, SIG_IGN);
	of_fault();
}

static void of_long_file(void)
{
	struct rlimit limit = {10, 10};
	int fd = open("long", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	CHECK(!setrlimit(RLIMIT_FSIZE, &limit));
	CHECK(write(fd, "0123456789", 10) == 10);
	CHECK(write(fd, "0", 1) == 1);
}

static void of_broken_pipe(void)
{
	int ends[2];

	CHECK(!pipe(ends));
	close(ends[0]);
	CHECK(write(ends[1], "x", 1) == 1);
}

static void *busy(void *arg)
{
	for (;;)
		behave_busy(10);
	return arg;
}

static void with_threads(void)
{
	pthread_t thread;

	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&thread, NULL, busy, NULL));
	behave_pause(10);
}

static void of_kill_in_threads(void)
{
	with_threads();
	kill(getpid(), SIGKILL);
	pause();
}

static void of_fault_in_threads(void)
{
	with_threads();
	of_fault();
}

static void by_child(void)
{
	if (!behave_fork()) {
		kill(getppid(), SIGKILL);
		_exit(0);
	}
	for (;;)
		behave_busy(10);
}

static void exit_in_handler(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	behave_busy(2);
	_exit(signal);
}

static void by_exit_in_handler(void)
{
	behave_handle(SIGUSR1, exit_in_handler, 0);
	raise(SIGUSR1);
}

static void say_exit(void)
{
	behave_busy(2);
	printf("exit handler\n");
}

static void say_exit_status(int status, void *arg)
{
	printf("exit handler: %d, %s\n", status, (char *)arg);
}

static __attribute__((destructor)) void say_destructor(void)
{
	if (behave_argument)
		printf("destructor\n");
}

static void by_exit(void)
{
	behave_argument = "destroy";
	CHECK(!atexit(say_exit) && !on_exit(say_exit_status, (void *)"argument"));
	printf("not flushed yet, ");
	exit(300);
}

static void by_quick_exit(void)
{
	CHECK(!at_quick_exit(say_exit) && !atexit(say_exit));
	quick_exit(12);
}

static void by_underscore_exit(void)
{
	CHECK(!atexit(say_exit));
	_exit(13);
}

static void *exit_thread(void *arg)
{
	behave_busy(2);
	exit(*(int *)arg);
}

static void by_thread(void)
{
	pthread_t thread;
	int status = 14;

	with_threads();
	CHECK(!pthread_create(&thread, NULL, exit_thread, &status));
	pause();
}

/* Each is seen by the parent, with the flag that tells of a core. */
static void of_children(void)
{
	const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
		SIGKILL, SIGSEGV, SIGPIPE, SIGTERM, SIGXCPU, SIGSYS, SIGRTMIN};
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	setrlimit(RLIMIT_CORE, &limit);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		pid_t child = behave_fork();

		if (!child)
			die_of(signals[i]);
		behave_reap(child);
	}
}

static void with_core(void)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	setrlimit(RLIMIT_CORE, &limit);
	of_fault();
}

const struct behaviour behave_deaths[] = {
	{"death_hangup", of_hangup},
	{"death_interrupt", of_interrupt},
	{"death_quit", of_quit},
	{"death_illegal", of_illegal},
	{"death_trap", of_trap},
	{"death_bus", of_bus},
	{"death_fpe", of_fpe},
	{"death_kill", of_kill},
	{"death_segv", of_segv},
	{"death_pipe", of_pipe},
	{"death_alarm", of_alarm},
	{"death_term", of_term},
	{"death_usr1", of_usr1},
	{"death_sys", of_sys},
	{"death_realtime", of_realtime},
	{"death_abort", of_abort},
	{"death_fault", of_fault},
	{"death_int3", of_int3},
	{"death_blocked_fault", of_blocked_fault},
	{"death_long_file", of_long_file},
	{"death_broken_pipe", of_broken_pipe},
	{"death_kill_threads", of_kill_in_threads},
	{"death_fault_threads", of_fault_in_threads},
	{"death_by_child", by_child},
	{"death_children", of_children},
	{"death_core", with_core},
	{"exit_in_handler", by_exit_in_handler},
	{"exit_handlers", by_exit},
	{"exit_quick", by_quick_exit},
	{"exit_at_once", by_underscore_exit},
	{"exit_thread", by_thread},
	{NULL, NULL},
};
