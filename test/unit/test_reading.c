/* Readings of a process's memory: this one's, which is known. */
#include "target/reading.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 50

static struct memory_source last;

static struct amounts read_metric(enum metric metric)
{
	struct amounts reading;

	cr_assert_null(memory_source_open(getpid(), metric, &last));
	/* The first reading may make the stack and the libraries grow. */
	cr_assert_null(memory_source_read(&last, &reading));
	cr_assert_null(memory_source_read(&last, &reading));
	memory_source_close(&last);
	return reading;
}

static int64_t read_one(enum metric metric)
{
	return read_metric(metric).bytes[0];
}

static void touch(size_t count, int flags)
{
	char *pages =
		mmap(NULL, count * 4096, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	cr_assert_neq(pages, MAP_FAILED);
	madvise(pages, count * 4096, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < count; i++)
		pages[i * 4096] = 1;
}

static void touch_pages(int flags)
{
	touch(PAGES, flags);
}

static void statm_agrees_with_status(void)
{
	struct amounts all;

	read_metric(METRIC_ALL);
	read_metric(METRIC_RSS);
	all = read_metric(METRIC_ALL);
	cr_assert_eq(last.resident, all.bytes[METRIC_RSS]);
	cr_assert_eq(read_one(METRIC_RSS), all.bytes[METRIC_RSS]);
	cr_assert_eq(last.resident, all.bytes[METRIC_RSS]);
	cr_assert_eq(read_one(METRIC_ANON), all.bytes[METRIC_ANON]);
	cr_assert_eq(last.resident, all.bytes[METRIC_RSS]);
	cr_assert_eq(read_one(METRIC_FILE), all.bytes[METRIC_FILE]);
	cr_assert_eq(read_one(METRIC_SHMEM), all.bytes[METRIC_SHMEM]);
	cr_assert_eq(all.bytes[METRIC_RSS],
		all.bytes[METRIC_ANON] + all.bytes[METRIC_FILE] + all.bytes[METRIC_SHMEM]);
}

Test(reading, statm_agrees_with_status)
{
	statm_agrees_with_status();
	touch_pages(MAP_PRIVATE);
	statm_agrees_with_status();
	touch_pages(MAP_SHARED);
	statm_agrees_with_status();
}

Test(reading, kinds_are_told_apart)
{
	struct amounts before, after;

	read_metric(METRIC_ALL);
	before = read_metric(METRIC_ALL);
	touch_pages(MAP_SHARED);
	after = read_metric(METRIC_ALL);
	cr_assert_eq(after.bytes[METRIC_SHMEM] - before.bytes[METRIC_SHMEM], PAGES * 4096);
	cr_assert_eq(after.bytes[METRIC_ANON], before.bytes[METRIC_ANON]);
	cr_assert_eq(after.bytes[METRIC_FILE], before.bytes[METRIC_FILE]);
	touch_pages(MAP_PRIVATE);
	before = read_metric(METRIC_ALL);
	cr_assert_eq(before.bytes[METRIC_ANON] - after.bytes[METRIC_ANON], PAGES * 4096);
}

/* The other tests' processes share this one's other pages, and come and go: so this is much. */
Test(reading, proportional_and_unique_sizes)
{
	const size_t many = 25600;
	const int64_t bytes = (int64_t)many * 4096, other = bytes / 5;
	int64_t pss = read_one(METRIC_PSS), uss = read_one(METRIC_USS);

	touch(many, MAP_PRIVATE);
	uss = read_one(METRIC_USS) - uss;
	pss = read_one(METRIC_PSS) - pss;
	cr_assert(uss > bytes - other && uss < bytes + other, "%ld", (long)uss);
	cr_assert(pss > bytes - other && pss < bytes + other, "%ld", (long)pss);
}

Test(reading, the_peak_outlives_the_memory)
{
	int64_t peak;

	cr_assert_null(memory_peak(getpid(), &peak));
	cr_assert_geq(peak, read_one(METRIC_RSS) / 2);
}

Test(reading, nobody_has_no_memory)
{
	struct memory_source source;

	cr_assert(error_is(memory_source_open(-1, METRIC_RSS, &source), ERROR_GONE));
}
