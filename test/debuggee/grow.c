/*
 * grow N x K [back | slowly]: grow_n() adds N pages, K times; idle() adds none, as often. One argument,
 * so that it can stand in the first line of a script. Slowly: there is a millisecond between them.
 */
#include "debuggee.h"

static void *last;

static NOINLINE void grow_n(size_t pages)
{
	last = map_pages(pages);
}

static NOINLINE void give_back(size_t pages)
{
	munmap(last, pages * PAGE);
}

static NOINLINE void idle(void)
{
}

int main(int argc, char **argv)
{
	char *times;
	size_t pages = strtoul(argc > 1 ? argv[1] : "1x1", &times, 10);
	size_t calls = strtoul(times + 1, NULL, 10);

	prepare();
	for (size_t i = 0; i < calls; i++) {
		grow_n(pages);
		idle();
		if (argc > 2 && !strcmp(argv[2], "slowly"))
			usleep(1000);
	}
	if (argc > 2 && !strcmp(argv[2], "back"))
		give_back(pages);
	printf("grew %zu pages %zu times\n", pages, calls);
	return 0;
}
