/* depth DEPTH N: calls an empty function N times, DEPTH calls deep. */
#include <stdlib.h>

__attribute__((noipa)) void empty(void);
void empty(void)
{
}

__attribute__((noipa)) void down(long depth, long calls);
void down(long depth, long calls)
{
	if (depth > 1)
		down(depth - 1, calls);
	else
		while (calls-- > 0)
			empty();
	__asm__ volatile(""); /* no tail call */
}

int main(int argc, char **argv)
{
	if (argc > 2)
		down(atol(argv[1]), atol(argv[2]));
	return 0;
}
