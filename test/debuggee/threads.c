/*
 * threads turns N K: K threads, one after another; each calls its own share of work_a(),
 * which adds N pages, and work_b(), which adds 2 N.
 * threads together N K: the same, all at once, each 100 times and from 8 levels down.
 */
#include "debuggee.h"

#include <pthread.h>

static size_t pages;

static NOINLINE void work_a(int levels)
{
	if (levels)
		work_a(levels - 1);
	else
		map_pages(pages);
}

static NOINLINE void work_b(int levels)
{
	if (levels)
		work_b(levels - 1);
	else
		map_pages(2 * pages);
}

static NOINLINE void *once(void *arg)
{
	work_a(0);
	work_b(0);
	return arg;
}

static NOINLINE void *often(void *arg)
{
	for (int i = 0; i < 100; i++) {
		work_a(8);
		work_b(8);
	}
	return arg;
}

int main(int argc, char **argv)
{
	size_t count = number(argc, argv, 3);
	int turns = !strcmp(argv[1], "turns");
	pthread_t thread[256];

	CHECK(count <= 256);
	pages = number(argc, argv, 2);
	prepare();
	for (size_t i = 0; i < count; i++) {
		CHECK(!pthread_create(&thread[i], NULL, turns ? once : often, NULL));
		if (turns)
			CHECK(!pthread_join(thread[i], NULL));
	}
	for (size_t i = 0; i < count && !turns; i++)
		CHECK(!pthread_join(thread[i], NULL));
	printf("%zu threads\n", count);
	return 0;
}
