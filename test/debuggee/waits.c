/* waits N: adds N pages in grow_n(), says so, and waits for a signal to end it, deep in calls. */
#include "debuggee.h"

static NOINLINE void wait_for_end(int levels)
{
	if (levels) {
		wait_for_end(levels - 1);
		return;
	}
	printf("waiting\n");
	fflush(stdout);
	for (int i = 0; i < 1000; i++)
		usleep(10000);
}

static NOINLINE void grow_n(size_t pages)
{
	map_pages(pages);
	wait_for_end(3);
}

int main(int argc, char **argv)
{
	size_t pages = number(argc, argv, 1);

	prepare();
	grow_n(pages);
	return 1;
}
