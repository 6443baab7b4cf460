/*
 * relied HOW N K: K rounds of N pages each, by route_a() and route_b() in turn, whose calls have
 * the same place on the stack and go through the same code, with much of the stack between. A round
 * ends by returning or, with HOW `jump` or `switch`, in other ways. `fork`: a child goes back the
 * same way and ends with 3. `threads`: three at once. `exec`: after the last round it begins again.
 */
#include "debuggee.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <ucontext.h>

#define THREADS 3

/* Larger than what samples of a stack have that is relied on, and the other one than that of most.
 */
#define SPACE 6000
#define DEEP 20000

#define SOME 50
#define SOME_US 200

static const char *how;
static __thread jmp_buf back;
static __thread ucontext_t around, beside;
static __thread pid_t child;

/* A sample's stack ends where a page of it was never touched. */
#define TOUCH(space) memset((void *)(uintptr_t)(space), 1, sizeof(space))

static bool is(const char *name)
{
	return !strcmp(how, name);
}

/* Not faster than ptmem can be sure to follow. */
static NOINLINE void map_slowly(size_t pages)
{
	for (size_t some; pages; pages -= some) {
		some = pages < SOME ? pages : SOME;
		map_pages(some);
		usleep(SOME_US);
	}
}

static NOINLINE void burrow(size_t pages)
{
	volatile char space[DEEP];

	TOUCH(space);
	map_slowly(pages);
	space[0] = 0;
}

static NOINLINE void work(size_t pages)
{
	map_slowly(pages / 2);
	burrow(pages / 16);
	if (is("fork"))
		CHECK((child = fork()) >= 0);
	map_slowly(pages - pages / 2 - pages / 16);
	if (is("jump"))
		longjmp(back, 1);
	if (is("switch"))
		swapcontext(&beside, &around);
}

static NOINLINE void common(size_t pages)
{
	volatile char space[SPACE];

	TOUCH(space);
	work(pages);
	space[0] = 0;
}

static NOINLINE void route_a(size_t pages)
{
	common(pages);
}

static NOINLINE void route_b(size_t pages)
{
	common(pages);
}

static void enter(int route, int pages)
{
	(route ? route_b : route_a)((size_t)pages);
}

/* On a stack that is used again for each. */
static void round_beside(int route, size_t pages)
{
	static __thread char *stack;

	if (!stack)
		stack = map_pages(16);
	CHECK(!getcontext(&beside));
	beside.uc_stack = (stack_t){.ss_sp = stack, .ss_size = 16 * PAGE};
	beside.uc_link = &around;
	makecontext(&beside, (void (*)(void))enter, 2, route, (int)pages);
	CHECK(!swapcontext(&around, &beside));
}

static void one_round(int route, size_t pages)
{
	int status;

	if (is("switch"))
		round_beside(route, pages);
	else if (!setjmp(back))
		enter(route, (int)pages);
	if (!is("fork"))
		return;
	if (!child)
		_exit(3);
	CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3);
}

static size_t pages, rounds;

static void *all_rounds(void *argument)
{
	for (size_t i = 0; i < rounds; i++)
		one_round(i % 2, pages);
	return argument;
}

static void run_threads(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, all_rounds, NULL));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
}

int main(int argc, char **argv)
{
	pages = number(argc, argv, 2);
	rounds = number(argc, argv, 3);
	how = argv[1];
	prepare();
	if (is("threads"))
		run_threads();
	else
		all_rounds(NULL);
	if (is("exec"))
		execl(argv[0], argv[0], "return", argv[2], argv[3], NULL);
	return 0;
}
