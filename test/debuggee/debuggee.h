/*
 * What the debuggees share. Each does one thing, and grows by exactly the pages it is told
 * to: after prepare() nothing else is left that could become resident.
 */
#ifndef PTMEM_TEST_DEBUGGEE_H
#define PTMEM_TEST_DEBUGGEE_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PAGE 4096ul
#define READY_STACK (64 * PAGE)
#define NOINLINE __attribute__((noinline))

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

static char stdout_buffer[PAGE];
static uintptr_t ready_stack; /* every stack page from here up is resident */

/* Touches every page of a mapping: 55d0c0000000-55d0c0001000 r--p 00000000 fe:01 42 /bin/x */
static inline void touch_mapping(const char *line)
{
	char *end;
	uintptr_t address = strtoul(line, &end, 16), limit = strtoul(end + 1, &end, 16);

	if (end[1] != 'r' || strstr(line, "[v"))
		return;
	for (; address < limit; address += PAGE) {
		volatile char *page = (volatile char *)address;
		char value = *page;

		if (end[2] == 'w')
			*page = value;
	}
}

static NOINLINE __attribute__((unused)) void touch_stack(void)
{
	volatile char space[READY_STACK];

	for (size_t i = READY_STACK; i; i -= PAGE)
		space[i - 1] = 0;
	space[0] = 0;
	ready_stack = (uintptr_t)space & ~(PAGE - 1);
}

/* Makes all that is mapped resident, once and for all, and leaves huge pages alone. */
static inline void prepare(void)
{
	static char maps[16 * PAGE];
	size_t length = 0;
	ssize_t got;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0 && !prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	setvbuf(stdout, stdout_buffer, _IOFBF, sizeof stdout_buffer);
	touch_stack();
	while ((got = read(fd, maps + length, sizeof maps - 1 - length)) > 0)
		length += (size_t)got;
	close(fd);
	for (char *line = maps, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		touch_mapping(line);
	}
}

/* So many new pages, each of them touched. */
static inline char *map_pages(size_t pages)
{
	char *memory = (char *)mmap(
		NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	for (size_t i = 0; i < pages; i++)
		*(volatile char *)(memory + i * PAGE) = 1;
	return memory;
}

/*
 * What the dynamic linker unmapped is in use again: where it has no symbols, samples do not tell
 * that its pages went, and would take new ones there for old.
 */
static inline __attribute__((unused)) void fill_holes(void)
{
	for (int i = 0; i < 256; i++)
		map_pages(1);
}

/* The number in argv[i]. */
static inline size_t number(int argc, char **argv, int i)
{
	CHECK(i < argc);
	return strtoul(argv[i], NULL, 0);
}

#endif
