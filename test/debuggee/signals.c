/*
 * signals raise|altstack|timer N K: on_signal() adds N pages, K times: raised in work(), on
 * the normal stack or on another, or sent by a timer while spin() waits for them. work()
 * adds a page of its own around each.
 */
#include "debuggee.h"

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
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	stack_t stack = {.ss_size = 16 * PAGE};

	pages = number(argc, argv, 2);
	calls = number(argc, argv, 3);
	stack.ss_sp = map_pages(16);
	prepare();
	if (!strcmp(argv[1], "altstack")) {
		action.sa_flags |= SA_ONSTACK;
		CHECK(!sigaltstack(&stack, NULL));
	}
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	if (!strcmp(argv[1], "timer"))
		spin();
	else
		for (size_t i = 0; i < calls; i++)
			work();
	printf("%s: %zu signals\n", argv[1], seen);
	return 0;
}
