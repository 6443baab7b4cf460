/* calls N: calls an empty function N times; and once before, for what is done but once. */
#include "clock.h"

__attribute__((noinline)) void empty(void);
void empty(void)
{
	__asm__ volatile(""); /* no call of it is left out */
}

__attribute__((noinline)) static void repeat(long calls)
{
	while (calls-- > 0)
		empty();
}

int main(int argc, char **argv)
{
	long calls = argc > 1 ? atol(argv[1]) : 1;
	long long start;

	repeat(1);
	start = clock_now();
	repeat(calls);
	clock_report(start, calls);
	return 0;
}
