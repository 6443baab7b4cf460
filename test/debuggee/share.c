/*
 * share STEPS: eight threads grow at once, without a pause. Thread I (from 0) adds 10 * (I + 1)
 * pages in each of STEPS calls of grow_I, in small mappings of its own.
 */
#include "debuggee.h"

#include <pthread.h>

#define THREADS 8
#define PART 10

static pthread_barrier_t start;
static int steps;

#define GROW(i)                                          \
	static NOINLINE void grow_##i(void)              \
	{                                                \
		for (int n = 0; n < PART * (i + 1); n++) \
			map_pages(1);                    \
	}

GROW(0)
GROW(1)
GROW(2)
GROW(3)
GROW(4)
GROW(5)
GROW(6)
GROW(7)

static void (*const grow[THREADS])(void) = {
	grow_0, grow_1, grow_2, grow_3, grow_4, grow_5, grow_6, grow_7};

static void *run(void *number)
{
	pthread_barrier_wait(&start);
	for (int step = 0; step < steps; step++)
		grow[(intptr_t)number]();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	CHECK(argc == 2);
	steps = atoi(argv[1]);
	prepare();
	pthread_barrier_init(&start, NULL, THREADS);
	for (intptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, run, (void *)i));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
