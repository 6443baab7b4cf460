/* Passes 5 MB in leaf(), a page at a time, and goes on to some 9. */
#include "debuggee.h"

static NOINLINE char *leaf(void)
{
	return map_pages(1);
}

static NOINLINE void work(void)
{
	for (int i = 0; i < 2000; i++)
		leaf(); /* called */
}

int main(void)
{
	prepare();
	work();
	puts("done");
	return 3;
}
