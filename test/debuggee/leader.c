/*
 * leader PAGES: the first thread ends, then another one takes so many pages for a moment. What is
 * asked of the first thread by then is not answered any more.
 */
#include "debuggee.h"

#include <pthread.h>

static pthread_t first;

static void *last(void *pages)
{
	char *memory;

	CHECK(!pthread_join(first, NULL));
	memory = map_pages((size_t)pages);
	CHECK(!munmap(memory, (size_t)pages * PAGE));
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	first = pthread_self();
	CHECK(!pthread_create(&thread, NULL, last, (void *)number(argc, argv, 1)));
	pthread_exit(NULL);
}
