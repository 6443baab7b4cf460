/*
 * A function that grows in the part which the compiler moves away, and only there.
 *
 * watched: grow*
 */
#include "../debuggee.h"

void grow_n(size_t pages);
void unlikely(size_t pages);

NOINLINE __attribute__((cold)) void unlikely(size_t pages)
{
	map_pages(pages);
}

NOINLINE void grow_n(size_t pages) /* grows 40 5 grow_n */
{
	if (__builtin_expect(pages & 8, 0)) {
		unlikely(pages / 2);
		unlikely(pages / 2);
		puts("cold");
	}
}

int main(void)
{
	prepare();
	for (size_t i = 0; i < 10; i++)
		grow_n((i & 1) * 8);
	return 0;
}
