/*
 * Two functions of which a linker may make one.
 *
 * watched: grow*
 */
#include "../debuggee.h"

void grow_n(size_t pages);
void grow_as_well(size_t pages);

NOINLINE void grow_n(size_t pages) /* grows 40 5 grow_n */
{
	map_pages(pages);
}

NOINLINE void grow_as_well(size_t pages) /* grows 40 5 grow_as_well */
{
	map_pages(pages);
}

int main(void)
{
	prepare();
	CHECK((uintptr_t)grow_n == (uintptr_t)grow_as_well);
	for (int i = 0; i < 3; i++)
		grow_n(8);
	grow_as_well(8);
	grow_as_well(8);
	return 0;
}
