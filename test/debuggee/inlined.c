/*
 * inlined N: fill() grows by 15 N pages, all taken by take(), which it calls itself, and from
 * row() and cell() that are inlined into it; twice() by N, through pass(), inlined into it and
 * into what it calls. C and C++. The lines are those that calls are looked for on.
 */
#include "debuggee.h"

#define INLINE static inline __attribute__((always_inline))

static void *volatile last;

static NOINLINE void take(size_t pages)
{
	last = map_pages(pages);
}

INLINE void cell(size_t pages)
{
	take(pages); /* in cell */
}

INLINE void row(size_t pages)
{
	cell(pages);     /* cell in row */
	take(2 * pages); /* in row */
}

static NOINLINE void fill(size_t pages)
{
	row(pages);      /* row in fill */
	cell(4 * pages); /* cell in fill */
	take(8 * pages); /* in fill */
}

INLINE void pass(void (*function)(size_t), size_t pages)
{
	function(pages); /* in pass */
}

static NOINLINE void second(size_t pages)
{
	take(pages); /* in second */
}

static NOINLINE void first(size_t pages)
{
	pass(second, pages);
}

static NOINLINE void twice(size_t pages)
{
	pass(first, pages);
}

/* Calls itself from two places: its paths are as many as it is deep, whatever they are. */
static NOINLINE size_t fib(size_t n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

int main(int argc, char **argv)
{
	size_t pages = number(argc, argv, 1);

	prepare();
	fill(pages);  /* fill in main */
	twice(pages); /* twice in main */
	printf("%zu\n", fib(argc > 2 ? number(argc, argv, 2) : 5));
	return 0;
}
