/*
 * churn: two threads start and join others without end, about a thousand a second, each of
 * which calls pass(), which adds nothing. It says `ready`, and obeys orders, a line each on its
 * input: `grow N K` has those two rest, and starts N threads in turn, each of which calls grow_n(),
 * which adds K pages; `count` does nothing; each is repeated when it is done.
 */
#include "debuggee.h"

#include <pthread.h>
#include <time.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* held while threads are made */
static volatile unsigned long made;

static NOINLINE void pass(void)
{
	__atomic_add_fetch(&made, 1, __ATOMIC_RELAXED);
}

static NOINLINE void *passer(void *arg)
{
	pass();
	return arg;
}

static NOINLINE void grow_n(size_t pages)
{
	map_pages(pages);
}

static NOINLINE void *grower(void *pages)
{
	grow_n((size_t)pages);
	return NULL;
}

static void start_and_join(void *(*function)(void *), void *arg)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 32 * PAGE);
	CHECK(!pthread_create(&thread, &attributes, function, arg));
	CHECK(!pthread_join(thread, NULL));
	pthread_attr_destroy(&attributes);
}

static NOINLINE void *churn(void *arg)
{
	const struct timespec moment = {0, 2000000};

	for (;;) {
		pthread_mutex_lock(&turn);
		for (int i = 0; i < 2; i++)
			start_and_join(passer, NULL);
		pthread_mutex_unlock(&turn);
		nanosleep(&moment, NULL);
	}
	return arg;
}

static void obey(const char *order)
{
	char *next;
	size_t threads, pages;

	if (strncmp(order, "grow ", 5))
		return;
	threads = strtoul(order + 5, &next, 10);
	pages = strtoul(next, NULL, 10);
	pthread_mutex_lock(&turn);
	for (size_t i = 0; i < threads; i++)
		start_and_join(grower, (void *)pages);
	pthread_mutex_unlock(&turn);
}

int main(void)
{
	char order[64];
	ssize_t got;
	pthread_t threads[2];

	prepare();
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_create(&threads[i], NULL, churn, NULL));
	printf("ready\n");
	fflush(stdout);
	while ((got = read(0, order, sizeof order - 1)) > 0) {
		order[got] = '\0';
		obey(order);
		printf("%.*s: %lu\n", (int)got - 1, order, made);
		fflush(stdout);
	}
	return 0;
}
