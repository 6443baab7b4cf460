/* Samples in brief: of this thread, where the kernel can do that. */
#include "target/sampling.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define PAGES_MAX 4000
#define PAGE 4096

static struct sampling sampling;
static unsigned times[PAGES_MAX];
static size_t in_brief;

static char *pages_of(size_t count)
{
	char *pages = mmap(
		NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(pages, MAP_FAILED);
	madvise(pages, count * PAGE, MADV_NOHUGEPAGE);
	return pages;
}

/* Samples that could be in brief are. */
static void begin(void)
{
	const struct sampling_options options = {.briefs = true, .ring = 8 << 20};

	cr_assert_null(sampling_open(&sampling, &options, gettid()));
	if (!sampling.briefs)
		cr_skip_test("the kernel lets nobody but root have samples in brief");
	sampling_set_depth(&sampling, 1);
}

static void touch(volatile char *pages, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pages[i * PAGE] = 1;
}

static bool next_of(const char *pages, size_t count, struct sampled *sampled, size_t *page)
{
	while (sampling_next(&sampling, sampled)) {
		*page = (sampled->address - (uintptr_t)pages) / PAGE;
		cr_assert_neq(sampled->kind, SAMPLED_LOST);
		if (sampled->kind == SAMPLED_FAULT && *page < count)
			return true;
	}
	return false;
}

static void assert_each_once(const char *pages, size_t count)
{
	struct sampled sampled = {0};
	size_t page;

	sampling_look(&sampling, sampling_now());
	while (next_of(pages, count, &sampled, &page)) {
		times[page]++;
		in_brief += !sampled.event;
	}
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(times[i], 1, "page %zu: in %u samples", i, times[i]);
}

/* The stack goes up to this frame, and beyond. */
static void assert_has_frame(const struct sampled *sampled, const char *frame)
{
	uint64_t pointer = arch->stack_pointer(&sampled->registers).value;

	cr_assert(sampled->has_registers);
	cr_assert_lt(pointer, (uintptr_t)frame);
	cr_assert_gt(pointer + sampled->stack_size, (uintptr_t)frame + sizeof(void *));
	cr_assert_arr_eq(sampled->stack + ((uintptr_t)frame - pointer), frame, 2 * sizeof(void *));
}

/* A sample has who and when it was, and the stack as it is. */
Test(brief, tells_what_the_kernel_would)
{
	char *pages = pages_of(1), *stack = __builtin_frame_address(0);
	struct sampled sampled = {0};
	uint64_t before;
	size_t page;

	begin();
	before = sampling_now();
	touch(pages, 1);
	sampling_look(&sampling, sampling_now());
	cr_assert(next_of(pages, 1, &sampled, &page));
	cr_assert_eq(sampled.event, 0);
	cr_assert_eq(sampled.pid, getpid());
	cr_assert_eq(sampled.tid, gettid());
	cr_assert_geq(sampled.time, before);
	cr_assert_leq(sampled.time, sampling_now());
	cr_assert_eq(sampled.address, (uintptr_t)pages);
	cr_assert_not(sampled.by_kernel);
	assert_has_frame(&sampled, stack);
	cr_assert_not(next_of(pages, 1, &sampled, &page));
	sampling_close(&sampling);
}

/* By a thread of its own, which is waited for whether there are to be samples or not. */
Test(brief, may_be_prepared)
{
	const struct sampling_options options = {.briefs = true, .ring = 8 << 20};
	char *pages = pages_of(100);

	sampling_prepare(&sampling, &options);
	sampling_close(&sampling);
	sampling_prepare(&sampling, &options);
	begin();
	touch(pages, 100);
	assert_each_once(pages, 100);
	cr_assert_eq(in_brief, 100);
	sampling_close(&sampling);
}

/* Descriptors of others stay open. */
Test(brief, closes_nothing_that_it_has_not_opened)
{
	begin();
	sampling_close(&sampling);
	sampling_close(&sampling);
	cr_assert_neq(fcntl(0, F_GETFD), -1);
}

/* Rings go round several times. */
Test(brief, rounds_are_as_one)
{
	char *pages = pages_of(PAGES_MAX);

	begin();
	for (size_t i = 0; i < PAGES_MAX; i += 100) {
		touch(pages + i * PAGE, 100);
		assert_each_once(pages, i + 100);
	}
	cr_assert_eq(in_brief, PAGES_MAX);
	sampling_close(&sampling);
}

/* Each processor has a ring of its own. */
static void stay_on_this_processor(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
}

/* The kernel's own samples are of what there is no room for. */
Test(brief, what_has_no_room_is_not_in_brief)
{
	char *pages = pages_of(700), space[32768];

	stay_on_this_processor();
	memset(space, 1, sizeof space);
	begin();
	touch(pages, 700);
	assert_each_once(pages, 700);
	cr_assert_gt(in_brief, 100);
	cr_assert_lt(in_brief, 600);
	cr_assert_eq(space[sizeof space / 2], 1);
	sampling_close(&sampling);
}

/* As when read(2) does, where it is known who called it. */
Test(brief, what_the_kernel_touches_is_as_well)
{
	char *pages = pages_of(1), *stack = __builtin_frame_address(0);
	struct sampled sampled = {0};
	size_t page;
	int pipes[2];

	cr_assert_eq(pipe(pipes), 0);
	cr_assert_eq(write(pipes[1], "x", 1), 1);
	begin();
	cr_assert_eq(read(pipes[0], pages, 1), 1);
	sampling_look(&sampling, sampling_now());
	cr_assert(next_of(pages, 1, &sampled, &page));
	cr_assert_eq(!sampled.event, sampling.brief.of_kernel);
	cr_assert(sampled.by_kernel);
	assert_has_frame(&sampled, stack);
	cr_assert_not(next_of(pages, 1, &sampled, &page));
	sampling_close(&sampling);
}

/* Some kernels do not say why they touch it: the rest is in brief there as well. */
Test(brief, kernels_may_know_less)
{
	struct bpf_program program;
	struct brief brief;
	int fd;

	begin();
	cr_assert(brief_open(&brief, 1, 64 << 10));
	bpf_begin(&program);
	brief_write(&brief, NULL, &program);
	fd = bpf_end(&program);
	cr_assert_geq(fd, 0);
	close(fd);
	brief_close(&brief);
	sampling_close(&sampling);
}

static ucontext_t here, there;
static char *to_touch;

static void touch_there(void)
{
	touch(to_touch, 5);
}

/* On a stack that ends with a page, before what may not be read. */
static void run_there(void)
{
	char *stack = pages_of(9);

	mprotect(stack + 8 * (size_t)PAGE, PAGE, PROT_NONE);
	cr_assert_eq(getcontext(&there), 0);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = 8 * (size_t)PAGE;
	there.uc_link = &here;
	makecontext(&there, touch_there, 0);
	cr_assert_eq(swapcontext(&here, &there), 0);
}

Test(brief, a_stack_may_end_in_its_page)
{
	struct sampled sampled = {0};
	size_t page, count = 0;

	to_touch = pages_of(5);
	begin();
	run_there();
	sampling_look(&sampling, sampling_now());
	for (; next_of(to_touch, 5, &sampled, &page); count++) {
		uint64_t pointer = arch->stack_pointer(&sampled.registers).value;

		cr_assert_eq(sampled.event, 0);
		cr_assert_eq((pointer + sampled.stack_size) % PAGE, 0);
		cr_assert_gt(sampled.stack_size, 0);
	}
	cr_assert_eq(count, 5);
	sampling_close(&sampling);
}
