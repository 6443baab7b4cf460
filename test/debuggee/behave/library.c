/* A library that behave loads, calls, and is called back by. */
#include <stdio.h>

int library_call(int (*function)(int, int), int value);

static __attribute__((constructor)) void begin(void)
{
	printf("constructor\n");
}

static __attribute__((destructor)) void end(void)
{
	printf("destructor\n");
}

int library_call(int (*function)(int, int), int value)
{
	return function(value, 3) + function(value, 2);
}
