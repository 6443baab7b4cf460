/*
 * outruns HOW THREADS ROUNDS: threads touch fresh pages as fast as they can, and keep them. Or,
 * with HOW `reads`, the kernel does, which reads a file into them at one go, and they are given
 * back.
 */
#include "debuggee.h"

#include <pthread.h>
#include <stdbool.h>

#define THREADS 4
#define TOUCHED 8192ul
#define READ 4096ul

static int file;
static size_t rounds;
static bool reads;

static NOINLINE void touch_pages(void)
{
	map_pages(TOUCHED);
}

static NOINLINE void read_pages(void)
{
	char *pages = (char *)mmap(
		NULL, READ * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(pages != MAP_FAILED && !madvise(pages, READ * PAGE, MADV_NOHUGEPAGE));
	CHECK(pread(file, pages, READ * PAGE, 0) == (ssize_t)(READ * PAGE));
	CHECK(!munmap(pages, READ * PAGE));
}

static void *run(void *nothing)
{
	for (size_t i = 0; i < rounds; i++)
		if (reads)
			read_pages();
		else
			touch_pages();
	return nothing;
}

int main(int argc, char **argv)
{
	size_t count = number(argc, argv, 2);
	pthread_t threads[THREADS];

	CHECK(count <= THREADS);
	reads = !strcmp(argv[1], "reads");
	rounds = number(argc, argv, 3);
	file = memfd_create("file", 0);
	CHECK(file >= 0 && !ftruncate(file, READ * PAGE));
	prepare();
	for (size_t i = 0; i < count; i++)
		CHECK(!pthread_create(&threads[i], NULL, run, NULL));
	for (size_t i = 0; i < count; i++)
		CHECK(!pthread_join(threads[i], NULL));
	printf("%zu threads, %zu rounds\n", count, rounds);
	return 0;
}
