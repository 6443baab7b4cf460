/*
 * Two units with a function of the same name each, and one from a header that both have.
 *
 * watched: grow*
 */
#include "twins.h"

static NOINLINE void grow_n(size_t pages) /* grows 40 5 grow_n */
{
	map_pages(pages);
}

int main(void)
{
	prepare();
	for (int i = 0; i < 5; i++)
		grow_n(8);
	grow_header(3);
	twin();
	return 0;
}
