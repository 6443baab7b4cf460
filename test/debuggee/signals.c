/*
 * signals raise|altstack|thread|timer N K: on_signal() adds N pages, K times: raised in
 * work(), on the normal stack, on another, or in a thread on one that lies above its own; or
 * sent by a timer while spin() waits for them. work() adds a page before and one after.
 */
#include "debuggee.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

static size_t pages, calls;
static volatile size_t seen;

static NOINLINE void on_signal(int signal)
{
	(void)signal;
	if (seen < calls) {
		map_pages(pages);
		seen++;
	}
}

static NOINLINE void work(void)
{
	map_pages(1);
	raise(SIGUSR1);
	map_pages(1);
}

/* Works with handlers on another stack. */
static NOINLINE void *work_beside(void *stack)
{
	stack_t other = {.ss_sp = stack, .ss_size = 16 * PAGE};

	CHECK(!sigaltstack(&other, NULL));
	for (size_t i = 0; i < calls; i++)
		work();
	return NULL;
}

/* Mappings are made downwards: the thread's own stack comes to lie below the other one. */
static void work_in_thread(void *stack)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, work_beside, stack));
	CHECK(!pthread_join(thread, NULL));
}

static NOINLINE void spin(void)
{
	struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, &often, NULL);
	while (seen < calls)
		continue;
	setitimer(ITIMER_REAL, &never, NULL);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
	char *stack = map_pages(16);

	pages = number(argc, argv, 2);
	calls = number(argc, argv, 3);
	prepare();
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	if (!strcmp(argv[1], "timer"))
		spin();
	else if (!strcmp(argv[1], "thread"))
		work_in_thread(stack);
	else if (!strcmp(argv[1], "altstack"))
		work_beside(stack);
	else
		for (size_t i = 0; i < calls; i++)
			work();
	printf("%s: %zu signals\n", argv[1], seen);
	return 0;
}
