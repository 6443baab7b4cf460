/*
 * paths PATHS N: N calls on PATHS call paths, all of them different: a binary tree, whose
 * nodes are numbered as in a heap and whose edges are calls of two functions.
 */
#include "clock.h"

static long paths, calls;

__attribute__((noinline)) void left(long node);
__attribute__((noinline)) void right(long node);

static inline __attribute__((always_inline)) void visit(long node)
{
	if (--calls > 0 && 2 * node <= paths)
		left(2 * node);
	if (calls > 0 && 2 * node + 1 <= paths)
		right(2 * node + 1);
	__asm__ volatile(""); /* no tail call */
}

void left(long node)
{
	visit(node);
}

void right(long node)
{
	visit(node);
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? atol(argv[2]) : 1;
	long long start = clock_now();

	paths = argc == 3 ? atol(argv[1]) : 1;
	for (calls = count; calls > 0;)
		left(1);
	clock_report(start, count);
	return 0;
}
