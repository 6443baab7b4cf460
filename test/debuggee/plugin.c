/* A shared library that a program loads while it runs. */
#include "debuggee.h"

void plugin_grow(size_t pages);

static NOINLINE void plugin_inner(size_t pages)
{
	map_pages(pages);
}

void plugin_grow(size_t pages)
{
	plugin_inner(pages);
}
