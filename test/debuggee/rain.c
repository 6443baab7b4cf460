/*
 * rain: counts the signals that it gets, while small functions call one another; says `ready`,
 * and answers a line on its input with what it has counted so far, and at the end whether the
 * functions added up. The queued ones have numbers, and none may be lost or come out of turn.
 * rain PID N: sends N of the queued ones (SIGRTMIN) to that process, a thousand a second.
 */
#include "debuggee.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

static volatile int continued, usr1, queued, out_of_turn;
static volatile unsigned long sum, added;

static NOINLINE unsigned long add(unsigned long a, unsigned long b)
{
	return a + b;
}

static NOINLINE unsigned long twice(unsigned long a)
{
	return add(a, a);
}

static NOINLINE void work(void)
{
	for (int i = 0; i < 100; i++) {
		sum = add(sum, twice(added));
		added++;
	}
}

static NOINLINE void on_signal(int signal)
{
	if (signal == SIGCONT)
		continued++;
	else
		usr1++;
}

static NOINLINE void on_queued(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_value.sival_int != queued)
		out_of_turn++;
	queued++;
}

static void catch_signals(void)
{
	struct sigaction plain = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigaction with_number = {
		.sa_sigaction = on_queued, .sa_flags = SA_RESTART | SA_SIGINFO};

	CHECK(!sigaction(SIGCONT, &plain, NULL) && !sigaction(SIGUSR1, &plain, NULL));
	CHECK(!sigaction(SIGRTMIN, &with_number, NULL));
}

static void answer(void)
{
	printf("continued %d, usr1 %d, queued %d, out of turn %d\n", continued, usr1, queued,
		out_of_turn);
	fflush(stdout);
}

static int receive(void)
{
	struct pollfd input = {.fd = 0, .events = POLLIN};
	char line[64];

	prepare();
	catch_signals();
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		work();
		if (poll(&input, 1, 0) <= 0)
			continue;
		if (read(0, line, sizeof line) <= 0)
			break;
		answer();
	}
	printf("sum: %s\n", sum == added * (added - 1) ? "right" : "wrong");
	return sum != added * (added - 1);
}

static int send(pid_t pid, int count)
{
	const struct timespec moment = {0, 1000000};

	for (int i = 0; i < count; i++) {
		union sigval value = {.sival_int = i};

		while (sigqueue(pid, SIGRTMIN, value)) {
			CHECK(errno == EAGAIN); /* so many are pending */
			nanosleep(&moment, NULL);
		}
		nanosleep(&moment, NULL);
	}
	printf("sent %d\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	return argc == 3 ? send(atoi(argv[1]), atoi(argv[2])) : receive();
}
