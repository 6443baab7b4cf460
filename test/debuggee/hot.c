/*
 * hot N: N threads call small functions without end, lap after lap, and each lap must come to
 * the same sum. It says `ready`, and when its input ends whether they did.
 */
#include "debuggee.h"

#include <pthread.h>

#define MOST_THREADS 64
#define LAP 1000
#define FACTOR 6364136223846793005ul

static volatile int over;
static unsigned long right, laps[MOST_THREADS], wrong[MOST_THREADS];

static NOINLINE unsigned long hot_multiply(unsigned long a)
{
	return a * FACTOR;
}

static NOINLINE unsigned long hot_add(unsigned long a, unsigned long b)
{
	return a + b;
}

static NOINLINE unsigned long hot_mix(unsigned long a, unsigned long b)
{
	return hot_add(hot_multiply(a), b);
}

static NOINLINE unsigned long hot_sum(unsigned long levels)
{
	return levels ? hot_add(levels, hot_sum(levels - 1)) : 0;
}

static NOINLINE unsigned long hot_lap(void)
{
	unsigned long value = 1;

	for (unsigned long i = 0; i < LAP; i++)
		value = hot_mix(value, i);
	return value ^ hot_sum(20);
}

/* The same without a call. */
static unsigned long reckon(void)
{
	unsigned long value = 1;

	for (unsigned long i = 0; i < LAP; i++)
		value = value * FACTOR + i;
	return value ^ 210;
}

static NOINLINE void *run(void *arg)
{
	size_t index = (size_t)arg;

	while (!over) {
		wrong[index] += hot_lap() != right;
		laps[index]++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	size_t count = number(argc, argv, 1);
	unsigned long all = 0, all_wrong = 0;
	pthread_t threads[MOST_THREADS];
	char byte;

	CHECK(count <= MOST_THREADS);
	prepare();
	right = reckon();
	for (size_t i = 0; i < count; i++)
		CHECK(!pthread_create(&threads[i], NULL, run, (void *)i));
	printf("ready\n");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		continue;
	over = 1;
	for (size_t i = 0; i < count; i++) {
		CHECK(!pthread_join(threads[i], NULL));
		all += laps[i];
		all_wrong += wrong[i];
	}
	fprintf(stderr, "%lu laps\n", all);
	printf("%lu of the laps wrong\n", all_wrong);
	return all_wrong || !all;
}
