/*
 * mapped FILE: maps what was written to it at once, which a file system may cache in large pieces,
 * and touches little of it, for reading and writing, as the file's and as its own.
 */
#include "debuggee.h"

#define SIZE ((size_t)8 << 20)
#define APART ((size_t)1 << 20)

static NOINLINE void fill(int file)
{
	char *bytes = malloc(SIZE);

	CHECK(bytes);
	memset(bytes, 1, SIZE);
	CHECK(write(file, bytes, SIZE) == (ssize_t)SIZE);
	free(bytes);
}

static NOINLINE char *map(int file, int flags)
{
	char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags, file, 0);

	CHECK(memory != MAP_FAILED);
	return memory;
}

static NOINLINE void read_some(const volatile char *memory)
{
	for (size_t i = 5 * PAGE; i < SIZE; i += APART)
		(void)memory[i];
}

static NOINLINE void write_some(volatile char *memory)
{
	for (size_t i = 5 * PAGE; i < SIZE; i += APART)
		memory[i] = 2;
}

int main(int argc, char **argv)
{
	int file = argc == 2 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	CHECK(file >= 0);
	fill(file);
	read_some(map(file, MAP_SHARED));
	read_some(map(file, MAP_PRIVATE));
	write_some(map(file, MAP_SHARED));
	write_some(map(file, MAP_PRIVATE));
	return 0;
}
