/*
 * hits N: empty() is called N times and does nothing; late() does nothing 1,500 times and
 * then adds a page.
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

int main(int argc, char **argv)
{
	size_t calls = number(argc, argv, 1);

	prepare();
	for (size_t i = 0; i < calls; i++)
		empty();
	for (int i = 0; i <= 1500; i++)
		late(i);
	printf("%zu calls\n", calls);
	return 0;
}
