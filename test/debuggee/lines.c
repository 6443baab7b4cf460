/*
 * What each line adds: pages, and how often it is begun, are said behind it. Each function is a
 * case that tools which compare readings line after line get wrong.
 */
#include "debuggee.h"

#include <pthread.h>
#include <setjmp.h>

#define INLINE static inline __attribute__((always_inline))

static pthread_barrier_t turn;
static jmp_buf out;
static volatile int always = 1;

static NOINLINE char *take(size_t pages)
{
	return map_pages(pages);
}

static NOINLINE void give(char *memory, size_t pages)
{
	CHECK(!munmap(memory, pages * PAGE));
}

/* What a line gives back is less than nothing, not a smaller increase of another. */
NOINLINE void loop(int times)
{
	for (int i = 0; i < times; i++) {
		char *large = take(100); //= 500 5
		char *small = take(10);  //= 50 5
		give(large, 100);        //= -500 5
		small[0] = 2;            //= 0 5
	}
}

/* What is done within a loop within a loop. */
NOINLINE void nested(int rows, int columns)
{
	for (int row = 0; row < rows; row++) {
		take(2); //= 6 3
		for (int column = 0; column < columns; column++)
			take(1); //= 12 12
	}
	take(5); //= 5 1
}

/* A call within the same function is another one, and what it does is on its own lines. */
NOINLINE void recurse(int depth)
{
	char *memory = take(20); //= 80 4
	if (depth > 1)
		recurse(depth - 1); //= 0 3
	give(memory, 5);            //= -20 4
	always = depth;
}

NOINLINE void ping(int depth);

NOINLINE void pong(int depth)
{
	take(3); //= 9 3
	if (depth)
		ping(depth - 1); //= 12 3
	always = depth;
}

NOINLINE void ping(int depth)
{
	take(4); //= 16 4
	if (depth)
		pong(depth - 1); //= 9 3
	always = depth;
}

/* Left in its midst. */
NOINLINE int early(int number)
{
	take(1); //= 6 6
	if (number & 1)
		return 0;
	take(7); //= 21 3
	return 1;
}

NOINLINE void jumps(int depth)
{
	take(2); //= 8 4
	if (depth)
		jumps(depth - 1); //= 0 3
	else
		longjmp(out, 1); //= 0 1
	take(100);
}

NOINLINE void catches(void)
{
	if (!setjmp(out))
		jumps(3); //= 8 1
	take(6);          //= 6 1
}

/* Inlined: of the line that calls it. */
INLINE void both(size_t pages)
{
	take(pages); //= 12 4
	take(1);     //= 4 4
}

NOINLINE void inlines(void)
{
	both(2); //= 3 1
	both(4); //= 5 1
	for (int i = 0; i < 2; i++)
		both(3); //= 8 2
}

/* Two threads are in it by turns. */
NOINLINE void turns(int second)
{
	if (second)
		pthread_barrier_wait(&turn); //= 0 1
	take(1);                             //= 2 2
	if (!second)
		pthread_barrier_wait(&turn); //= 0 1
	pthread_barrier_wait(&turn);         //= 0 2
	for (int i = 0; i < 3; i++) {
		if (second)
			pthread_barrier_wait(&turn); //= 0 3
		take(second ? 30 : 3);               //= 99 6
		if (!second)
			pthread_barrier_wait(&turn); //= 0 3
		pthread_barrier_wait(&turn);         //= 0 6
	}
	always = 1;
}

static void *thread(void *argument)
{
	touch_stack();
	pthread_barrier_wait(&turn);
	turns(argument != NULL);
	return NULL;
}

static void run_threads(void)
{
	pthread_t first, second;
	pthread_attr_t attributes;

	CHECK(!pthread_attr_init(&attributes));
	CHECK(!pthread_attr_setstacksize(&attributes, 2 * READY_STACK));
	CHECK(!pthread_barrier_init(&turn, NULL, 2));
	CHECK(!pthread_create(&first, &attributes, thread, NULL));
	CHECK(!pthread_create(&second, &attributes, thread, &turn));
	CHECK(!pthread_join(first, NULL) && !pthread_join(second, NULL));
}

NOINLINE void cases(void)
{
	loop(5);      //= 50 1
	nested(3, 4); //= 23 1
	recurse(4);   //= 60 1
	ping(6);      //= 25 1
	for (int i = 0; i < 6; i++)
		early(i); //= 27 6
	catches();        //= 14 1
	inlines();        //= 16 1
	always = 1;
}

int main(void)
{
	prepare();
	fill_holes();
	cases();
	run_threads();
	return 0;
}
