/*
 * storm N: a timer fires all the time while small functions call one another N times, so that
 * signals arrive at every instruction of every call. All of them must add up.
 */
#include "debuggee.h"

#include <signal.h>
#include <sys/time.h>

static volatile unsigned long signals, sum;

static NOINLINE unsigned long add(unsigned long a, unsigned long b)
{
	return a + b;
}

static NOINLINE unsigned long twice(unsigned long a)
{
	return add(a, a);
}

static NOINLINE void on_signal(int signal)
{
	(void)signal;
	signals = add(signals, 1);
}

int main(int argc, char **argv)
{
	struct itimerval often = {{0, 150}, {0, 150}};
	unsigned long count = number(argc, argv, 1);

	prepare();
	signal(SIGALRM, on_signal);
	setitimer(ITIMER_REAL, &often, NULL);
	for (unsigned long i = 0; i < count; i++)
		sum = add(sum, twice(i));
	signal(SIGALRM, SIG_IGN);
	CHECK(sum == count * (count - 1));
	printf("%lu calls\n", count);
	return 0;
}
