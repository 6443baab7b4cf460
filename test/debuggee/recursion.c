/*
 * recursion direct N K: direct() adds a page on each of N levels, K times.
 * recursion mutual N K: even() adds 2 pages on its levels, odd() 3 on its own; even() first.
 * recursion deep N K: deep() goes N levels down and adds a page at the bottom.
 */
#include "debuggee.h"

static void even(size_t levels);

static NOINLINE void direct(size_t levels)
{
	map_pages(1);
	if (levels > 1)
		direct(levels - 1);
}

static NOINLINE void odd(size_t levels)
{
	map_pages(3);
	if (levels > 1)
		even(levels - 1);
}

static NOINLINE void even(size_t levels)
{
	map_pages(2);
	if (levels > 1)
		odd(levels - 1);
}

static NOINLINE size_t deep(size_t levels)
{
	if (levels > 1)
		return deep(levels - 1) + 1;
	map_pages(1);
	return 1;
}

int main(int argc, char **argv)
{
	size_t levels = number(argc, argv, 2), calls = number(argc, argv, 3);

	prepare();
	for (size_t i = 0; i < calls; i++)
		if (!strcmp(argv[1], "direct"))
			direct(levels);
		else if (!strcmp(argv[1], "mutual"))
			even(levels);
		else
			CHECK(deep(levels) == levels);
	printf("%s: %zu levels %zu times\n", argv[1], levels, calls);
	return 0;
}
