/* stack N K: deepen() makes N more pages of stack resident, K times. They stay when it returns. */
#include "debuggee.h"

#include <alloca.h>

static NOINLINE void deepen(size_t pages)
{
	uintptr_t target = ready_stack - pages * PAGE;
	volatile char *space = alloca((uintptr_t)__builtin_frame_address(0) - target);

	CHECK((uintptr_t)space <= target);
	while (ready_stack > target) {
		ready_stack -= PAGE;
		*(volatile char *)ready_stack = 1;
	}
}

int main(int argc, char **argv)
{
	size_t pages = number(argc, argv, 1), calls = number(argc, argv, 2);

	prepare();
	for (size_t i = 0; i < calls; i++)
		deepen(pages);
	printf("deepened by %zu pages %zu times\n", pages, calls);
	return 0;
}
