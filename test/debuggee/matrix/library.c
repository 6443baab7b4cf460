/*
 * A library that programs are linked with, or load.
 *
 * watched: grow_inside,grow_library
 */
#include "../debuggee.h"

void grow_library(size_t pages);

static NOINLINE void grow_inside(size_t pages) /* grows 24 3 grow_inside */
{
	map_pages(pages);
}

void grow_library(size_t pages) /* grows 24 3 grow_library */
{
	grow_inside(pages);
}
