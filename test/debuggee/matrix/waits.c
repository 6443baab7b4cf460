/*
 * The same, once it is told to: for those who attach.
 *
 * watched: grow*
 */
#include "../debuggee.h"

void grow_n(size_t pages);

NOINLINE void grow_n(size_t pages) /* grows 40 5 grow_n */
{
	map_pages(pages);
}

int main(void)
{
	prepare();
	puts("ready");
	fflush(stdout);
	getchar();
	for (int i = 0; i < 5; i++)
		grow_n(8);
	puts("grew 40 pages");
	return 0;
}
