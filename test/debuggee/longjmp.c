/*
 * longjmp N K: K rounds; in each, middle() adds 2 pages and calls leaf_a() or leaf_b(), in
 * turn and from one place, which adds N and jumps back to round_trip(). after() adds 1.
 */
#include "debuggee.h"

#include <setjmp.h>

static jmp_buf back;

static NOINLINE void leaf_a(size_t pages)
{
	map_pages(pages);
	longjmp(back, 1);
}

static NOINLINE void leaf_b(size_t pages)
{
	map_pages(pages);
	longjmp(back, 2);
}

static NOINLINE void middle(void (*leaf)(size_t), size_t pages)
{
	map_pages(2);
	leaf(pages);
	abort();
}

static NOINLINE void after(void)
{
	map_pages(1);
}

static NOINLINE int round_trip(void (*leaf)(size_t), size_t pages)
{
	int from = setjmp(back);

	if (!from)
		middle(leaf, pages);
	after();
	return from;
}

int main(int argc, char **argv)
{
	size_t pages = number(argc, argv, 1), rounds = number(argc, argv, 2);

	prepare();
	for (size_t i = 0; i < rounds; i++)
		CHECK(round_trip(i % 2 ? leaf_b : leaf_a, pages) == 1 + (int)(i % 2));
	printf("jumped %zu times\n", rounds);
	return 0;
}
