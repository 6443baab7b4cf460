/* What programs of other languages have from debuggee.h. */
#include "../debuggee.h"

void debuggee_prepare(void);
void debuggee_map(size_t pages);

void debuggee_prepare(void)
{
	prepare();
}

void debuggee_map(size_t pages)
{
	map_pages(pages);
}
