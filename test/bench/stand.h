/*
 * How long a process stands still when somebody attaches to it. One thread looks at the clock
 * all the time, half of the others wait for a futex and half sleep. Each line on standard
 * input is answered by the longest pause and the sum of all pauses over a millisecond since the
 * line before, in nanoseconds.
 */
#ifndef PTMEM_TEST_BENCH_STAND_H
#define PTMEM_TEST_BENCH_STAND_H

#include "clock.h"

#include <pthread.h>
#include <unistd.h>

#define STAND_THREADS 500
#define STAND_PAUSE 1000000ll

static long long stand_longest, stand_sum;
static pthread_mutex_t stand_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t stand_never = PTHREAD_MUTEX_INITIALIZER;

static void *stand_look(void *arg)
{
	long long before = clock_now();

	for (;;) {
		long long now = clock_now(), pause = now - before;

		before = now;
		if (pause < STAND_PAUSE)
			continue;
		pthread_mutex_lock(&stand_lock);
		stand_sum += pause;
		if (pause > stand_longest)
			stand_longest = pause;
		pthread_mutex_unlock(&stand_lock);
	}
	return arg;
}

static void *stand_wait(void *arg)
{
	pthread_mutex_lock(&stand_never);
	return arg;
}

static void *stand_sleep(void *arg)
{
	sleep(3600);
	return arg;
}

static void stand_answer(void)
{
	pthread_mutex_lock(&stand_lock);
	printf("%lld %lld\n", stand_longest, stand_sum);
	fflush(stdout);
	stand_longest = stand_sum = 0;
	pthread_mutex_unlock(&stand_lock);
}

static inline int stand(void)
{
	void *(*const kinds[])(void *) = {stand_wait, stand_sleep};
	pthread_t thread;
	char line[16];

	pthread_mutex_lock(&stand_never);
	for (int i = 0; i < STAND_THREADS - 2; i++)
		if (pthread_create(&thread, NULL, kinds[i % 2], NULL))
			return 1;
	if (pthread_create(&thread, NULL, stand_look, NULL))
		return 1;
	while (read(0, line, sizeof line) > 0)
		stand_answer();
	return 0;
}

#endif
