/*
 * What a call takes, by the program's own clock: whatever a tracer does before and after the
 * calls is left out. The nanoseconds are written to the file that BENCH_CLOCK names.
 */
#ifndef PTMEM_TEST_BENCH_CLOCK_H
#define PTMEM_TEST_BENCH_CLOCK_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline long long clock_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

/* So many calls were made since the start. */
static inline void clock_report(long long start, long calls)
{
	double each = (double)(clock_now() - start) / (double)calls;
	const char *path = getenv("BENCH_CLOCK");
	FILE *file = path ? fopen(path, "w") : NULL;

	if (file) {
		fprintf(file, "%.0f\n", each);
		fclose(file);
	}
}

#endif
