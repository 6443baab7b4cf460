/*
 * Compiled so that calls in tail position become jumps.
 *
 * tailcall hop N K: hop() ends in a jump to land(), which adds N pages; K times.
 * tailcall ring N K: ping() and pong() jump to each other N times; the last adds a page.
 */
#include "debuggee.h"

static size_t landed;

static NOINLINE size_t land(size_t pages)
{
	map_pages(pages);
	return ++landed;
}

static NOINLINE size_t hop(size_t pages)
{
	return land(pages);
}

static size_t pong(size_t left);

static NOINLINE size_t ping(size_t left)
{
	asm volatile(""); /* so that the two stay different */
	return left ? pong(left - 1) : land(1);
}

static NOINLINE size_t pong(size_t left)
{
	return left ? ping(left - 1) : land(1);
}

int main(int argc, char **argv)
{
	size_t n = number(argc, argv, 2), calls = number(argc, argv, 3);

	prepare();
	for (size_t i = 0; i < calls; i++)
		if (!strcmp(argv[1], "hop"))
			CHECK(hop(n) == i + 1);
		else
			CHECK(ping(n) == i + 1);
	printf("%s: landed %zu times\n", argv[1], landed);
	return 0;
}
