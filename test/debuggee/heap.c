/*
 * heap N K: allocate() takes N pages from the heap and fills them, K times; release() frees
 * them. N is more than the heap begins with, so that they are mapped, and go back.
 */
#include "debuggee.h"

#include <malloc.h>

static NOINLINE char *allocate(size_t pages)
{
	char *memory = malloc(pages * PAGE);

	for (size_t i = 0; i < pages; i++)
		*(volatile char *)(memory + i * PAGE) = 1;
	return memory;
}

static NOINLINE void release(char *memory)
{
	free(memory);
}

static NOINLINE void cycle(size_t pages)
{
	release(allocate(pages));
}

int main(int argc, char **argv)
{
	size_t pages = number(argc, argv, 1), calls = number(argc, argv, 2);

	CHECK(pages > 40);
	mallopt(M_MMAP_THRESHOLD, 16 * PAGE);
	free(malloc(1));
	prepare();
	for (size_t i = 0; i < calls; i++)
		cycle(pages);
	printf("allocated %zu pages %zu times\n", pages, calls);
	return 0;
}
