/*
 * levels N: four functions call one another through one place; the innermost adds N pages and
 * jumps back to the second, which returns at once to that place, as those that were left for
 * good would have; then the first adds a page.
 */
#include "debuggee.h"

#include <setjmp.h>

static void down(int level);

static jmp_buf back;
static size_t pages;

static NOINLINE void first(int level)
{
	down(level);
	map_pages(1);
}

static NOINLINE void second(int level)
{
	if (!setjmp(back))
		down(level);
}

static NOINLINE void third(int level)
{
	down(level);
}

static NOINLINE void fourth(int level)
{
	(void)level;
	map_pages(pages);
	longjmp(back, 1);
}

static NOINLINE void down(int level)
{
	static void (*const levels[])(int) = {first, second, third, fourth};

	levels[level](level + 1);
}

int main(int argc, char **argv)
{
	pages = number(argc, argv, 1);
	prepare();
	down(0);
	printf("back\n");
	return 0;
}
