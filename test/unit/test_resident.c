/* What is known of pages whose faults alone are told of, and what is given back of them. */
#include "target/resident.h"

#include <criterion/criterion.h>

#define PAGE UINT64_C(4096)
#define REGION (UINT64_C(512) * PAGE)

static struct resident resident;

static void begin(void)
{
	resident = (struct resident){.pagemap = -1, .forgetful = true};
}

static void end(void)
{
	resident_deinit(&resident);
}

TestSuite(resident, .init = begin, .fini = end);

static void fill(uint64_t start, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++) {
		struct page_change change =
			resident_fault(&resident, start + i * PAGE + 8, ARCH_ACCESS_WRITE);

		cr_assert_eq(change.anon, 1);
		cr_assert_eq(change.file, 0);
	}
}

static void drops(uint64_t start, uint64_t size, int64_t pages)
{
	cr_assert_eq(resident_drop(&resident, start, size).anon, -pages);
}

Test(resident, drops_what_there_was)
{
	uint64_t start = 7 * REGION - 3 * PAGE;

	fill(start, 10);
	drops(start, 2 * PAGE, 2);
	drops(start, 2 * PAGE, 0);
	drops(0, UINT64_MAX, 8);
	drops(start, UINT64_MAX, 0);
}

Test(resident, counts_what_comes_again)
{
	fill(REGION, 3);
	fill(REGION, 3);
	drops(REGION, REGION, 3);
}

Test(resident, moves_across_regions)
{
	uint64_t from = 5 * REGION - 2 * PAGE, to = 90 * REGION - PAGE;

	fill(from, 6);
	cr_assert_eq(resident_move(&resident, from, 4 * REGION, to, 8 * REGION).anon, 0);
	drops(from, 4 * REGION, 0);
	drops(to, PAGE, 1);
	drops(to, 8 * REGION, 5);
}

Test(resident, moves_less_than_there_was)
{
	fill(REGION, 9);
	cr_assert_eq(resident_move(&resident, REGION, 9 * PAGE, 3 * REGION, 4 * PAGE).anon, -5);
	drops(REGION, REGION, 0);
	drops(3 * REGION, REGION, 4);
}

Test(resident, stays_where_it_is)
{
	fill(REGION, 9);
	cr_assert_eq(resident_move(&resident, REGION, 9 * PAGE, REGION, 100 * PAGE).anon, 0);
	cr_assert_eq(resident_move(&resident, REGION, 100 * PAGE, REGION, 2 * PAGE).anon, -7);
	drops(REGION, REGION, 2);
}

/* What the target says of itself may be anything. */
Test(resident, moves_nonsense)
{
	fill(REGION, 2);
	fill(UINT64_MAX - 5 * PAGE + 1, 4);
	resident_drop(&resident, UINT64_MAX - 5 * PAGE + 1, UINT64_MAX);
	resident_move(&resident, UINT64_MAX - PAGE + 1, UINT64_MAX, 0, UINT64_MAX);
	resident_move(&resident, 0, UINT64_MAX, UINT64_MAX - PAGE + 1, UINT64_MAX);
	resident_move(&resident, REGION + 1, 3, REGION + 5, UINT64_MAX);
	resident_drop(&resident, UINT64_MAX, UINT64_MAX);
}
