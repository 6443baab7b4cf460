/* The clock that never goes back: CLOCK_MONOTONIC, in ns. */
#ifndef PTMEM_BASE_CLOCK_H
#define PTMEM_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

#endif
