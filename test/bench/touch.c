/* touch THREADS PAGES: each thread does nothing but touch so many fresh pages. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

static size_t pages;

__attribute__((noinline)) static void touch(volatile char *at, size_t size)
{
	for (size_t i = 0; i < size; i += 4096)
		at[i] = 1;
}

static void *run(void *argument)
{
	size_t size = pages * 4096;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	madvise(memory, size, MADV_NOHUGEPAGE);
	touch(memory, size);
	return argument;
}

int main(int argc, char **argv)
{
	long threads = argc > 2 ? atol(argv[1]) : 1;
	pthread_t all[256];

	pages = argc > 2 ? (size_t)atol(argv[2]) : 1000;
	for (long i = 1; i < threads && i < 256; i++)
		if (pthread_create(&all[i], NULL, run, NULL))
			abort();
	run(NULL);
	for (long i = 1; i < threads && i < 256; i++)
		pthread_join(all[i], NULL);
	return 0;
}
