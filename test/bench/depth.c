/* depth DEPTH N: calls an empty function N times, DEPTH calls deep. */
#include "clock.h"

__attribute__((noinline)) void empty(void);
void empty(void)
{
	__asm__ volatile(""); /* no call of it is left out */
}

static inline __attribute__((always_inline)) void stay(long calls)
{
	long long start = clock_now();

	for (long i = 0; i < calls; i++)
		empty();
	clock_report(start, calls);
}

__attribute__((noinline)) void down(long depth, long calls);
void down(long depth, long calls)
{
	if (depth > 1)
		down(depth - 1, calls);
	else
		stay(calls);
	__asm__ volatile(""); /* no tail call */
}

int main(int argc, char **argv)
{
	if (argc == 3)
		down(atol(argv[1]), atol(argv[2]));
	return 0;
}
