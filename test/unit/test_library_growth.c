/* What a thread adds to the memory of its process, and the assertion about it. */
static void note_failure(const char *message);
#define PTMEM_ASSERT_FAIL(message) note_failure(message)
#include "ptmem/assert.h"

#include "base/error.h"
#include "target/sampling.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 200
#define PAGE 4096
#define HUGE ((size_t)2 << 20)

/* What bookkeeping of the C library, and of sanitizers, may add. */
#define SLACK (64 * PAGE)

static char failure[512];

static void note_failure(const char *message)
{
	snprintf(failure, sizeof failure, "%s", message);
}

static char *map(size_t size, int flags)
{
	char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	cr_assert_neq(pages, MAP_FAILED);
	madvise(pages, size, MADV_NOHUGEPAGE);
	return pages;
}

static void touch(char *pages, size_t size)
{
	for (size_t at = 0; at < size; at += PAGE)
		((volatile char *)pages)[at] = 1;
}

static struct ptmem_growth *begin(void)
{
	struct ptmem_growth *growth = NULL;

	cr_assert_null(ptmem_growth_begin(&growth));
	return growth;
}

static int64_t end(struct ptmem_growth *growth)
{
	int64_t bytes = -1;

	cr_assert_null(ptmem_growth_end(growth, &bytes));
	return bytes;
}

/* Whether the kernel tells of the addresses. */
static bool is_sampled(void)
{
	struct ptmem_error *error = sampling_try();
	bool sampled = !error;

	error_free(error);
	return sampled;
}

/* From here on perf_event_open() is refused, as in many containers. */
static void refuse_sampling(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = 4, .filter = filter};

	cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void expect_pages(int64_t bytes, int64_t pages)
{
	cr_assert_geq(bytes, pages * PAGE, "%lld", (long long)bytes);
	cr_assert_lt(bytes, pages * PAGE + SLACK, "%lld", (long long)bytes);
}

static void check_touched(int flags)
{
	char *pages = map(PAGES * PAGE, flags);
	struct ptmem_growth *growth = begin();

	touch(pages, PAGES * PAGE);
	expect_pages(end(growth), PAGES);
}

Test(library_growth, pages_that_are_touched_count)
{
	check_touched(MAP_PRIVATE);
	check_touched(MAP_SHARED);
}

Test(library_growth, pages_count_once)
{
	char *pages = map(PAGES * PAGE, MAP_PRIVATE);
	struct ptmem_growth *growth = begin();

	for (int i = 0; i < 3; i++) {
		if (is_sampled())
			madvise(pages, PAGES * PAGE, MADV_DONTNEED);
		touch(pages, PAGES * PAGE);
	}
	expect_pages(end(growth), PAGES);
}

/* More than the ring has room for: what is lost counts all the same. A sanitizer has its own. */
Test(library_growth, no_page_is_lost)
{
	size_t size = (size_t)300 << 20;
	char *pages = map(size, MAP_PRIVATE);
	struct ptmem_growth *growth = begin();
	int64_t bytes;

	touch(pages, size);
	bytes = end(growth);
	cr_assert_geq(bytes, (int64_t)size);
	cr_assert_lt(bytes, (int64_t)(size + size / 4));
}

Test(library_growth, what_is_given_back_does_not_count)
{
	char *pages = map(PAGES * PAGE, MAP_PRIVATE);
	struct ptmem_growth *growth = begin();

	touch(pages, PAGES * PAGE);
	munmap(pages, PAGES * PAGE);
	cr_assert_lt(end(growth), is_sampled() ? SLACK : PAGES * PAGE + SLACK);
}

Test(library_growth, what_system_calls_touch_counts)
{
	char *pages = map(PAGES * PAGE, MAP_PRIVATE);
	struct ptmem_growth *growth = begin();
	FILE *zeros = fopen("/dev/zero", "r");

	cr_assert_eq(read(fileno(zeros), pages, PAGES * PAGE), PAGES * PAGE);
	fclose(zeros);
	pages = map(PAGES * PAGE, MAP_PRIVATE | MAP_POPULATE);
	expect_pages(end(growth), 2 * PAGES);
}

/* Which is what a fork does to each page: it was there before. */
Test(library_growth, pages_that_are_copied_do_not_count)
{
	char *pages = map(PAGES * PAGE, MAP_PRIVATE);
	int status;
	pid_t child;

	touch(pages, PAGES * PAGE);
	child = fork();
	if (!child) {
		struct ptmem_growth *growth = begin();

		touch(pages, PAGES * PAGE);
		_exit(end(growth) < (is_sampled() ? SLACK : PAGES * PAGE + SLACK) ? 7 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static char *aligned(size_t huge_pages)
{
	char *pages = map((huge_pages + 1) * HUGE, MAP_PRIVATE);
	size_t over = (uintptr_t)pages % HUGE;

	return over ? pages + HUGE - over : pages;
}

/* Whether the kernel gave a huge page is seen in what is there. */
static int64_t present(const char *pages, size_t size)
{
	unsigned char there[2048];
	int64_t bytes = 0;

	cr_assert_eq(mincore((void *)(uintptr_t)pages, size, there), 0);
	for (size_t i = 0; i < size / PAGE; i++)
		bytes += there[i] & 1 ? PAGE : 0;
	return bytes;
}

static void check_huge(void)
{
	char *pages = aligned(3);
	struct ptmem_growth *growth;
	int64_t bytes;

	madvise(pages, 3 * HUGE, MADV_HUGEPAGE);
	growth = begin();
	for (size_t i = 0; i < 3; i++)
		pages[i * HUGE] = 1;
	bytes = end(growth);
	cr_assert_geq(bytes, present(pages, 3 * HUGE), "%lld", (long long)bytes);
	cr_assert_lt(bytes, present(pages, 3 * HUGE) + SLACK, "%lld", (long long)bytes);
}

Test(library_growth, huge_pages_count_in_full)
{
	check_huge();
}

Test(library_growth, without_sampling_each_fault_counts)
{
	char *pages = map(PAGES * PAGE, MAP_PRIVATE);
	struct ptmem_growth *growth;

	refuse_sampling();
	growth = begin();
	touch(pages, PAGES * PAGE);
	munmap(pages, PAGES * PAGE);
	expect_pages(end(growth), PAGES);
	check_huge();
}

struct other {
	pthread_barrier_t begin, end;
	char *pages;
};

static void *grow_beside(void *context)
{
	struct other *other = context;

	pthread_barrier_wait(&other->begin);
	touch(other->pages, 50 * PAGES * PAGE);
	pthread_barrier_wait(&other->end);
	return NULL;
}

Test(library_growth, other_threads_do_not_disturb)
{
	struct other other = {.pages = map(50 * PAGES * PAGE, MAP_PRIVATE)};
	char *pages = map(PAGES * PAGE, MAP_PRIVATE);
	struct ptmem_growth *growth;
	pthread_t thread;

	pthread_barrier_init(&other.begin, NULL, 2);
	pthread_barrier_init(&other.end, NULL, 2);
	cr_assert_eq(pthread_create(&thread, NULL, grow_beside, &other), 0);
	growth = begin();
	pthread_barrier_wait(&other.begin);
	touch(pages, PAGES * PAGE);
	pthread_barrier_wait(&other.end);
	expect_pages(end(growth), PAGES);
	pthread_join(thread, NULL);
}

Test(library_growth, one_within_another)
{
	char *pages = map(2 * PAGES * PAGE, MAP_PRIVATE);
	struct ptmem_growth *outer = begin(), *inner;

	touch(pages, PAGES * PAGE);
	inner = begin();
	touch(pages + PAGES * PAGE, PAGES * PAGE);
	expect_pages(end(inner), PAGES);
	cr_assert_geq(end(outer), 2 * PAGES * PAGE);
}

Test(library_growth, an_assertion_says_where_and_how_much)
{
	char *pages = map(PAGES * PAGE, MAP_PRIVATE), expected[64];
	int first = 0, second = 0;

	PTMEM_ASSERT_GROWTH_BELOW(PAGES * PAGE + SLACK, {
		int a = 1, b = 2;

		first = a, second = b;
		touch(pages, PAGES * PAGE);
	});
	cr_assert_str_empty(failure);
	cr_assert(first == 1 && second == 2);
	munmap(pages, PAGES * PAGE);
	pages = map(PAGES * PAGE, MAP_PRIVATE);
	PTMEM_ASSERT_GROWTH_BELOW(PAGES * PAGE, touch(pages, PAGES * PAGE););
	snprintf(expected, sizeof expected, "%s:%d: memory grew by ", __FILE__, __LINE__ - 1);
	cr_assert_eq(strncmp(failure, expected, strlen(expected)), 0, "%s", failure);
	cr_assert_not_null(strstr(failure, " bytes, not below 819200"));
}
