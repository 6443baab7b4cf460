/*
 * contexts N K: two coroutines on stacks of their own take turns, K times, deep in calls that
 * are open on both; step() adds N pages each time. One ends, the other never does.
 */
#include "debuggee.h"

#include <ucontext.h>

static ucontext_t home, contexts[2];
static size_t pages, turns, taken;

static NOINLINE void step(void)
{
	map_pages(pages);
	taken++;
}

static NOINLINE void wander(int self, int levels)
{
	if (levels) {
		wander(self, levels - 1);
		return;
	}
	while (taken < turns) {
		step();
		swapcontext(&contexts[self], &contexts[!self]);
	}
}

static NOINLINE void begin(int self)
{
	wander(self, 3 + 2 * self);
}

int main(int argc, char **argv)
{
	pages = number(argc, argv, 1);
	turns = number(argc, argv, 2);
	prepare();
	for (int i = 0; i < 2; i++) {
		CHECK(!getcontext(&contexts[i]));
		contexts[i].uc_stack = (stack_t){.ss_sp = map_pages(16), .ss_size = 16 * PAGE};
		contexts[i].uc_link = &home;
		makecontext(&contexts[i], (void (*)(void))begin, 1, i);
	}
	CHECK(!swapcontext(&home, &contexts[0]));
	step();
	printf("%zu turns\n", taken);
	return 0;
}
