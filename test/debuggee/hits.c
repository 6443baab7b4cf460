/*
 * hits N: empty() is called N times and does nothing; late() does nothing 1,500 times and
 * then adds a page; regular() adds one in its 900th call and in its 1,800th.
 */
#include "debuggee.h"

static NOINLINE void empty(void)
{
}

static NOINLINE void late(int i)
{
	if (i == 1500)
		map_pages(1);
}

static NOINLINE void regular(int i)
{
	if (i % 900 == 0)
		map_pages(1);
}

int main(int argc, char **argv)
{
	size_t calls = number(argc, argv, 1);

	prepare();
	for (size_t i = 0; i < calls; i++)
		empty();
	for (int i = 0; i <= 1500; i++)
		late(i);
	for (int i = 1; i <= 1800; i++)
		regular(i);
	printf("%zu calls\n", calls);
	return 0;
}
