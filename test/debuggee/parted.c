/*
 * parted: says `ready`, and waits for a line within a part of rare() that the compiler has moved
 * away from it. Then rare() adds 5 pages, and common() 3.
 */
#include "debuggee.h"

static NOINLINE __attribute__((cold)) void complain(void)
{
	puts("ready");
	fflush(stdout);
}

static NOINLINE void wait_for_line(void)
{
	char line[64];

	CHECK(fgets(line, sizeof line, stdin));
	fputs(line, stdout);
	fflush(stdout);
}

static NOINLINE void rare(const char *why, volatile int *count)
{
	for (int i = 0; i < *count; i++) {
		if (why) {
			complain();
			wait_for_line();
			map_pages(5);
		}
		*count -= why != NULL;
	}
}

static NOINLINE void common(void)
{
	map_pages(3);
}

int main(int argc, char **argv)
{
	volatile int count = 1;

	prepare();
	rare(argv[argc - 1], &count);
	common();
	wait_for_line();
	return 0;
}
