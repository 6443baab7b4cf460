/*
 * execs N: first() adds N pages, deep in the stack, and then the program runs itself again,
 * N times over, each time with one less; in the last, second() adds 100.
 */
#include "debuggee.h"

static NOINLINE void second(void)
{
	map_pages(100);
}

static NOINLINE void run_again(const char *program, size_t left)
{
	char next[24];

	snprintf(next, sizeof next, "%zu", left);
	execl("/proc/self/exe", program, next, (char *)NULL);
	abort();
}

static NOINLINE void first(const char *program, size_t pages)
{
	map_pages(pages);
	run_again(program, pages - 1);
}

int main(int argc, char **argv)
{
	size_t left = number(argc, argv, 1);

	prepare();
	if (left)
		first(argv[0], left);
	second();
	printf("last of all: %s\n", argv[1]);
	return 0;
}
