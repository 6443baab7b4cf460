/*
 * traps HOW: what a program does with SIGTRAP is its own affair, also where a watched
 * function is called meanwhile: blocked, ignored or handled, by itself or in a thread.
 */
#include "debuggee.h"

#include <pthread.h>
#include <signal.h>

static volatile int handled;

static NOINLINE void watched(void)
{
	map_pages(1);
}

static void on_trap(int signal)
{
	(void)signal;
	handled++;
}

static void print_state(void)
{
	sigset_t mask;
	struct sigaction action;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	sigaction(SIGTRAP, NULL, &action);
	printf("blocked %d, ignored %d, default %d, handled %d\n", sigismember(&mask, SIGTRAP),
		action.sa_handler == SIG_IGN, action.sa_handler == SIG_DFL, handled);
}

static void block(void)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static void *blocked_thread(void *arg)
{
	block();
	watched();
	print_state();
	return arg;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	pthread_t thread;

	prepare();
	if (strstr(how, "ignore"))
		signal(SIGTRAP, SIG_IGN);
	if (strstr(how, "handle"))
		signal(SIGTRAP, on_trap);
	if (strstr(how, "block"))
		block();
	watched();
	watched();
	print_state();
	if (strstr(how, "thread")) {
		CHECK(!pthread_create(&thread, NULL, blocked_thread, NULL));
		CHECK(!pthread_join(thread, NULL));
	}
	if (strstr(how, "raise")) {
		raise(SIGTRAP);
		watched();
	}
	if (strstr(how, "int3")) {
		asm volatile("int3");
		watched();
	}
	print_state();
	return 0;
}
