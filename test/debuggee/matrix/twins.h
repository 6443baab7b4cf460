/* What twins.c and twin.c share. */
#include "../debuggee.h"

void twin(void);

static NOINLINE void grow_header(size_t pages) /* grows 5 2 grow_header */
{
	map_pages(pages);
}
