/* Grows in several functions; built with MARKS, there are marks for ptmem between them. */
#include "debuggee.h"
#include "ptmem/marker.h"

static NOINLINE void set_up(void)
{
	map_pages(10);
}

static NOINLINE void load(void)
{
	map_pages(20);
}

static NOINLINE void serve(void)
{
	map_pages(40);
}

static NOINLINE void clean_up(void)
{
	map_pages(80);
}

int main(void)
{
	prepare();
	fill_holes();
	set_up();
#ifdef MARKS
	PTMEM_START();
#endif
	load();
#ifdef MARKS
	PTMEM_MARK("loaded");
#endif
	for (int i = 0; i < 3; i++) {
		serve();
#ifdef MARKS
		PTMEM_MARK("served 100%");
#endif
	}
#ifdef MARKS
	PTMEM_STOP();
#endif
	clean_up();
	puts("done");
	return 0;
}
