/* The other one of twins.c. */
#include "twins.h"

static NOINLINE void grow_n(size_t pages) /* grows 6 1 grow_n */
{
	map_pages(pages);
}

void twin(void)
{
	grow_n(6);
	grow_header(2);
}
