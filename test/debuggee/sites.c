/*
 * sites N K: K rounds of one, two and three, all called from one place; they add N, 2 N and
 * 3 N pages, and three() calls one() from a place of its own.
 */
#include "debuggee.h"

static NOINLINE void one(size_t pages)
{
	map_pages(pages);
}

static NOINLINE void two(size_t pages)
{
	map_pages(2 * pages);
}

static NOINLINE void three(size_t pages)
{
	map_pages(2 * pages);
	one(pages);
}

int main(int argc, char **argv)
{
	void (*const functions[])(size_t) = {one, two, three};
	size_t pages = number(argc, argv, 1), rounds = number(argc, argv, 2);

	prepare();
	for (size_t i = 0; i < 3 * rounds; i++)
		functions[i % 3](pages);
	printf("%zu rounds\n", rounds);
	return 0;
}
