/*
 * Touches 20 huge pages and 20 MB of ordinary ones. The huge ones are asked for by a system call of
 * its own, as Go's runtime does, so that no function of the C library tells of it.
 */
#include "debuggee.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HUGE ((size_t)2 << 20)
#define COUNT 20

static char *map(size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(memory != MAP_FAILED);
	return memory;
}

__attribute__((noinline)) static void touch_huge(void)
{
	uintptr_t start = ((uintptr_t)map((COUNT + 1) * HUGE) + HUGE - 1) & ~(HUGE - 1);

	syscall(SYS_madvise, start, COUNT * HUGE, MADV_HUGEPAGE);
	for (size_t i = 0; i < COUNT; i++)
		((volatile char *)start)[i * HUGE + 5000] = 1;
}

__attribute__((noinline)) static void touch_small(void)
{
	memset(map(COUNT << 20), 1, COUNT << 20);
}

int main(void)
{
	touch_huge();
	touch_small();
	return 0;
}
