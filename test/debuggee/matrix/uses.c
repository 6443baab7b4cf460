/*
 * Calls a library that it is linked with.
 *
 * watched: grow_n
 */
#include "../debuggee.h"

void grow_library(size_t pages);
void grow_n(size_t pages);

NOINLINE void grow_n(size_t pages) /* grows 40 5 grow_n */
{
	map_pages(pages);
}

int main(void)
{
	prepare();
	for (int i = 0; i < 3; i++)
		grow_library(8);
	for (int i = 0; i < 5; i++)
		grow_n(8);
	return 0;
}
