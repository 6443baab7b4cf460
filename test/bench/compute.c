/* compute CALLS: so many calls of a small function, and next to no memory. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static unsigned long mix(unsigned long value)
{
	return (value ^ value >> 29) * 0xbf58476d1ce4e5b9u;
}

int main(int argc, char **argv)
{
	unsigned long value = 1;

	for (long i = argc > 1 ? atol(argv[1]) : 1; i > 0; i--)
		value = mix(value + (unsigned long)i);
	printf("%lu\n", value);
	return 0;
}
