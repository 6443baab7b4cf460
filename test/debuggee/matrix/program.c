/*
 * What test_matrix.sh builds in every way: the lines that open a function which grows say by
 * how many pages, in how many calls, and what it is called.
 *
 * watched: grow*,idle
 */
#include "../debuggee.h"

void grow_n(size_t pages);
void grow_once(void);
void idle(void);

NOINLINE void grow_n(size_t pages) /* grows 40 5 grow_n */
{
	map_pages(pages);
}

NOINLINE void grow_once(void) /* grows 3 1 grow_once */
{
	map_pages(3);
}

NOINLINE void idle(void)
{
	__asm__ volatile("");
}

int main(void)
{
	prepare();
	for (int i = 0; i < 5; i++) {
		grow_n(8);
		idle();
	}
	grow_once();
	puts("grew 43 pages");
	return 0;
}
