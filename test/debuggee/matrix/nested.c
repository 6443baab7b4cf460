/*
 * A function inside another, which gcc knows.
 *
 * watched: grow*
 */
#include "../debuggee.h"

static NOINLINE void outer(size_t pages)
{
	NOINLINE void grow_n(void) /* grows 40 5 grow_n */
	{
		map_pages(pages);
	}

	grow_n();
}

int main(void)
{
	prepare();
	for (int i = 0; i < 5; i++)
		outer(8);
	return 0;
}
