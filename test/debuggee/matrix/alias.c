/*
 * Two names of one function, of which the source has the second.
 *
 * watched: grow*
 */
#include "../debuggee.h"

void grow_n(size_t pages);
void a_grow_alias(size_t pages);

NOINLINE void grow_n(size_t pages) /* grows 40 5 grow_n */
{
	map_pages(pages);
}

void a_grow_alias(size_t pages) __attribute__((alias("grow_n")));

int main(void)
{
	prepare();
	for (int i = 0; i < 3; i++)
		grow_n(8);
	a_grow_alias(8);
	a_grow_alias(8);
	return 0;
}
