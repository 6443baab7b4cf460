/* brief MS STATUS: two threads call small functions for so long; then it ends with that status. */
#include "debuggee.h"

#include <pthread.h>
#include <time.h>

static volatile int over;

static NOINLINE int step(int i)
{
	return i + 1;
}

static NOINLINE void *busy(void *arg)
{
	for (int i = 0; !over;)
		i = step(i);
	return arg;
}

int main(int argc, char **argv)
{
	size_t ms = number(argc, argv, 1);
	struct timespec life = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		CHECK(!pthread_create(&threads[i], NULL, busy, NULL));
	while (nanosleep(&life, &life))
		continue;
	over = 1;
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_join(threads[i], NULL));
	return (int)number(argc, argv, 2);
}
