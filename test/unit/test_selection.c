/* Samples by where on the stack a page fault happens: of this thread. */
#include "target/sampling.h"

#include <alloca.h>
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 20

/* Twice what samples have at most. */
#define SPACE 122880

/* A sample's stack goes so far. */
#define TO_SLOT 0

/* Frames of the test's own may lie between. */
#define DEEP (SAMPLING_NEAR + 1000)

static struct sampling sampling;

/* False where the kernel does not let us, as for who is not root. */
static bool begin(void)
{
	const struct sampling_options options = {.briefs = true, .relies = true, .ring = 8 << 20};

	cr_assert_null(sampling_open(&sampling, &options, gettid()));
	if (!sampling.selects)
		sampling_close(&sampling);
	return sampling.selects;
}

static uint64_t slot;

static char *fresh_pages(void)
{
	char *pages =
		mmap(NULL, PAGES << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(pages, MAP_FAILED);
	madvise(pages, PAGES << 12, MADV_NOHUGEPAGE);
	return pages;
}

/* So many bytes further down the stack. */
static __attribute__((noinline)) void touch(volatile char *pages, size_t bytes)
{
	volatile char *space = alloca(bytes);

	memset((void *)(uintptr_t)space, 1, bytes);
	for (int i = 0; i < PAGES; i++)
		pages[i << 12] = 1;
}

/* Bytes from where a sample's stack ends to the slot's end. */
static int64_t beyond(const struct sampled *sampled)
{
	return (int64_t)(slot + sizeof(uint64_t) - arch->stack_pointer(&sampled->registers).value -
			 sampled->stack_size);
}

/* Each page is in one sample, whose stack is of that size, or less than the last; 0: it ends with
 * the slot. */
static void assert_sampled(const char *pages, size_t least, size_t most)
{
	struct sampled sampled = {0};
	unsigned times[PAGES] = {0};

	sampling_look(&sampling, sampling_now());
	while (sampling_next(&sampling, &sampled)) {
		uint64_t page = (sampled.address - (uintptr_t)pages) >> 12;

		if (sampled.kind != SAMPLED_FAULT || page >= PAGES)
			continue;
		times[page]++;
		cr_assert_geq(sampled.stack_size, least);
		cr_assert_leq(sampled.stack_size, most ? most : SAMPLING_NEAR);
		cr_assert(most || !beyond(&sampled), "%" PRId64, beyond(&sampled));
	}
	for (int i = 0; i < PAGES; i++)
		cr_assert_eq(times[i], 1, "page %d: in %u samples", i, times[i]);
}

static void assert_touched(size_t bytes, size_t least, size_t most)
{
	char *pages = fresh_pages();

	touch(pages, bytes);
	assert_sampled(pages, least, most);
	munmap(pages, PAGES << 12);
}

static void rely_and_doubt(void)
{
	size_t usual = sampling_stack_size(SAMPLING_USUAL);
	size_t far = sampling_stack_size(SAMPLING_FAR);

	assert_touched(100, SAMPLING_NEAR + 1, usual);
	cr_assert(sampling_rely(&sampling, slot));
	assert_touched(100, 100, TO_SLOT);
	assert_touched(DEEP, SAMPLING_NEAR + 1, far);
	sampling_doubt(&sampling, slot);
	assert_touched(100, SAMPLING_NEAR + 1, usual);
}

static void rely_on_two(void)
{
	cr_assert(sampling_rely(&sampling, slot));
	cr_assert(sampling_rely(&sampling, slot + 64 * SAMPLING_NEAR));
	sampling_doubt(&sampling, slot + 64 * SAMPLING_NEAR);
	assert_touched(100, 100, TO_SLOT);
}

static void rely_on_many(void)
{
	const uint64_t apart = UINT64_C(64) * SAMPLING_NEAR;
	size_t far = sampling_stack_size(SAMPLING_FAR);

	for (uint64_t i = 1; i <= 6; i++)
		cr_assert(sampling_rely(&sampling, slot + i * apart));
	assert_touched(100, SAMPLING_NEAR + 1, far);
	cr_assert(sampling_rely(&sampling, slot));
	assert_touched(100, 100, TO_SLOT);
	for (uint64_t i = 1; i <= 6; i++)
		sampling_doubt(&sampling, slot + i * apart);
	assert_touched(100, 100, TO_SLOT);
	assert_touched(DEEP, SAMPLING_NEAR + 1, far);
	sampling_doubt(&sampling, slot);
	assert_touched(100, SAMPLING_NEAR + 1, sampling_stack_size(SAMPLING_USUAL));
}

static __attribute__((noinline)) void with_slot(void (*test)(void))
{
	slot = (uintptr_t)__builtin_frame_address(0) + sizeof(uint64_t);
	test();
}

/* Above where samples may end there is more of the stack. */
static __attribute__((noinline)) void run(void (*test)(void))
{
	char space[SPACE];

	if (!begin())
		cr_skip_test("the kernel lets nobody but root select samples");
	memset(space, 1, sizeof space);
	with_slot(test);
	cr_assert_eq(space[SPACE / 2], 1);
	sampling_close(&sampling);
}

Test(selection, a_stack_that_is_relied_on_is_not_copied)
{
	run(rely_and_doubt);
}

Test(selection, each_slot_has_its_own)
{
	run(rely_on_two);
}

Test(selection, there_may_be_many)
{
	run(rely_on_many);
}
