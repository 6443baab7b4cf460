/* alloca N K: shift() moves its stack pointer by another distance each time, then adds N pages. */
#include "debuggee.h"

#include <alloca.h>

static NOINLINE void shift(size_t bytes, size_t pages)
{
	memset(alloca(bytes), 1, bytes);
	map_pages(pages);
}

int main(int argc, char **argv)
{
	size_t pages = number(argc, argv, 1), calls = number(argc, argv, 2);

	prepare();
	for (size_t i = 0; i < calls; i++)
		shift(1 + i * 17 % (READY_STACK / 2), pages);
	printf("shifted %zu times\n", calls);
	return 0;
}
