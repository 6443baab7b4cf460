/*
 * What is called is chosen when the program starts.
 *
 * watched: grow*
 */
#include "../debuggee.h"

void grow_chosen(size_t pages);
typedef void grower(size_t pages);

static NOINLINE void grow_n(size_t pages) /* grows 40 5 grow_n */
{
	map_pages(pages);
}

static grower *choose(void)
{
	return grow_n;
}

void grow_chosen(size_t pages) __attribute__((ifunc("choose")));

int main(void)
{
	prepare();
	for (int i = 0; i < 5; i++)
		grow_chosen(8);
	return 0;
}
