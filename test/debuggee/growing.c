/* A shared library that a program is linked with: it grows when loaded, and when called. */
#include "growing.h"
#include "debuggee.h"

#define CONSTRUCTED 16

static void __attribute__((constructor)) growing_begin(void)
{
	map_pages(CONSTRUCTED);
}

void growing_grow(size_t pages)
{
	map_pages(pages);
}

void growing_call(void (*function)(size_t), size_t pages)
{
	function(pages);
}
