/* The page faults of a thread: of one that touches so many pages. */
#include "target/faults.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PAGES 200

/* A thread that touches PAGES pages whenever it is told to. */
struct toucher {
	pthread_t thread;
	pthread_barrier_t step;
	const char *name;
	pid_t tid;
	atomic_bool over;
};

static char *fresh_pages(void)
{
	char *pages = mmap(NULL, (size_t)PAGES * 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(pages, MAP_FAILED);
	madvise(pages, (size_t)PAGES * 4096, MADV_NOHUGEPAGE);
	return pages;
}

static void *touch_when_told(void *argument)
{
	struct toucher *toucher = argument;

	prctl(PR_SET_NAME, toucher->name);
	toucher->tid = gettid();
	pthread_barrier_wait(&toucher->step);
	for (;;) {
		char *pages = fresh_pages();

		pthread_barrier_wait(&toucher->step);
		if (toucher->over)
			return NULL;
		for (int i = 0; i < PAGES; i++)
			pages[i * 4096] = 1;
		pthread_barrier_wait(&toucher->step);
	}
}

static void toucher_start(struct toucher *toucher, const char *name)
{
	*toucher = (struct toucher){.name = name};
	pthread_barrier_init(&toucher->step, NULL, 2);
	cr_assert_eq(pthread_create(&toucher->thread, NULL, touch_when_told, toucher), 0);
	pthread_barrier_wait(&toucher->step);
}

static void toucher_touch(struct toucher *toucher)
{
	pthread_barrier_wait(&toucher->step);
	pthread_barrier_wait(&toucher->step);
}

static void toucher_end(struct toucher *toucher)
{
	toucher->over = true;
	pthread_barrier_wait(&toucher->step);
	pthread_join(toucher->thread, NULL);
}

static uint64_t read_faults(const struct fault_counter *counter)
{
	uint64_t faults = 0;

	cr_assert_null(fault_counter_read(counter, &faults));
	return faults;
}

/* A few pages more may be those of the stack and the libraries, or a sanitizer's own. */
static void counts_what_a_thread_touches(const char *name)
{
	struct toucher toucher;
	struct fault_counter counter;
	uint64_t before, own;

	toucher_start(&toucher, name);
	cr_assert_null(fault_counter_open(getpid(), toucher.tid, &counter));
	toucher_touch(&toucher);
	before = read_faults(&counter);
	toucher_touch(&toucher);
	own = read_faults(&counter) - before;
	cr_assert(own >= PAGES && own < PAGES + PAGES / 4, "%lu", (unsigned long)own);
	toucher_end(&toucher);
	fault_counter_close(&counter);
}

Test(faults, counts_what_a_thread_touches)
{
	counts_what_a_thread_touches("plain");
}

Test(faults, names_are_hostile)
{
	counts_what_a_thread_touches("a) 1 2 (");
	counts_what_a_thread_touches(") R 9 9 9 9 9 9");
	counts_what_a_thread_touches("((((()))))\n)");
}

Test(faults, other_threads_do_not_count)
{
	struct toucher toucher;
	struct fault_counter counter;
	uint64_t before;

	toucher_start(&toucher, "other");
	cr_assert_null(fault_counter_open(getpid(), getpid(), &counter));
	toucher_touch(&toucher);
	before = read_faults(&counter);
	toucher_touch(&toucher);
	cr_assert_lt(read_faults(&counter) - before, 10);
	toucher_end(&toucher);
	fault_counter_close(&counter);
}

/* The kernel takes its time to forget a thread that was joined. */
Test(faults, a_thread_that_is_gone)
{
	struct toucher toucher;
	struct fault_counter counter;
	struct ptmem_error *error = NULL;
	uint64_t faults;

	toucher_start(&toucher, "gone");
	cr_assert_null(fault_counter_open(getpid(), toucher.tid, &counter));
	toucher_end(&toucher);
	for (int i = 0; i < 1000 && !error; i++) {
		usleep(1000);
		error = fault_counter_read(&counter, &faults);
	}
	cr_assert(error_is(error, ERROR_GONE));
	fault_counter_close(&counter);
	cr_assert(error_is(fault_counter_open(getpid(), toucher.tid, &counter), ERROR_GONE));
}

Test(faults, closing_twice_is_harmless)
{
	struct fault_counter counter;

	cr_assert_null(fault_counter_open(getpid(), getpid(), &counter));
	fault_counter_close(&counter);
	cr_assert_eq(counter.fd, -1);
	fault_counter_close(&counter);
}
