/* Stacks that are switched, left, moved and filled. */
#include "behave.h"

#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>

static ucontext_t home, contexts[4];
static int taken;

static NOINLINE void wander(int self, int levels)
{
	if (levels) {
		wander(self, levels - 1);
		return;
	}
	while (taken < 400) {
		taken = behave_work(taken, 1);
		swapcontext(&contexts[self], &contexts[(self + 1) % 4]);
	}
}

static void begin_context(int self)
{
	wander(self, 3 * self);
}

static void coroutines(void)
{
	for (int i = 0; i < 4; i++) {
		CHECK(!getcontext(&contexts[i]));
		contexts[i].uc_stack = (stack_t){.ss_sp = map_pages(16), .ss_size = 16 * PAGE};
		contexts[i].uc_link = &home;
		makecontext(&contexts[i], (void (*)(void))begin_context, 1, i);
	}
	CHECK(!swapcontext(&home, &contexts[0]));
	printf("%d steps\n", taken);
}

/* switch_stack(&leave, enter): as libraries of coroutines do it. */
asm(".pushsection .text\n.type switch_stack, @function\nswitch_stack:\n"
    "push %rbp\npush %rbx\npush %r12\npush %r13\npush %r14\npush %r15\n"
    "mov %rsp, (%rdi)\nmov %rsi, %rsp\n"
    "pop %r15\npop %r14\npop %r13\npop %r12\npop %rbx\npop %rbp\nret\n"
    ".size switch_stack, . - switch_stack\n.popsection");
extern void switch_stack(void **leave, void *enter);

static void *main_stack, *other_stack;
static int produced;

static NOINLINE void produce(int levels)
{
	if (levels) {
		produce(levels - 1);
		return;
	}
	for (;;) {
		produced = behave_work(produced, 1);
		switch_stack(&other_stack, main_stack);
	}
}

static void begin_producing(void)
{
	produce(5);
}

static NOINLINE int consume(int levels)
{
	if (levels)
		return consume(levels - 1);
	switch_stack(&main_stack, other_stack);
	return produced;
}

/* Both above and below the stack of the thread. */
static void switched_by_hand(void)
{
	void **top = (void **)(map_pages(16) + 16 * PAGE) - 2;

	*top = (void *)begin_producing;
	other_stack = top - 6;
	for (int i = 0; i < 200; i++)
		CHECK(consume(i % 7) == i + 1);
	printf("produced %d\n", produced);
}

static jmp_buf back;

static NOINLINE void leap(int levels)
{
	if (levels)
		leap(levels - 1);
	longjmp(back, 1 + levels + taken);
}

static void jumps(void)
{
	int got;

	taken = 0;
	got = setjmp(back);
	if (taken < 500) {
		taken++;
		leap(taken % 13);
	}
	printf("%d jumps, last %d\n", taken, got);
}

static NOINLINE int descend(int levels)
{
	return levels ? descend(levels - 1) + 1 : behave_work(0, 3);
}

static void deep(void)
{
	printf("%d\n", descend(5000));
}

static void *deep_in_thread(void *arg)
{
	return (void *)(intptr_t)descend((int)(intptr_t)arg);
}

static void thread_stacks(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	void *result;
	char *memory = map_pages(64);

	CHECK(!pthread_attr_init(&attributes));
	CHECK(!pthread_attr_setstack(&attributes, memory, 64 * PAGE));
	CHECK(!pthread_create(&thread, &attributes, deep_in_thread, (void *)1000));
	CHECK(!pthread_join(thread, &result));
	printf("%ld\n", (long)(intptr_t)result);
}

static NOINLINE int with_alloca(size_t size)
{
	volatile char *space = (volatile char *)alloca(size);

	space[0] = 1;
	space[size - 1] = 2;
	return behave_work(space[0] + space[size - 1], 2);
}

static void alloca_of_all_sizes(void)
{
	int sum = 0;

	for (size_t size = 16; size < 4u << 20; size *= 2)
		sum += with_alloca(size);
	printf("sum %d\n", sum);
}

/* A coroutine's stack is moved while it is not in use, and must be found where it was. */
static void moved(void)
{
	void **top = (void **)(map_pages(16) + 16 * PAGE) - 2;
	char *stack = (char *)(top + 2) - 16 * PAGE, *elsewhere;

	produced = 0;
	*top = (void *)begin_producing;
	other_stack = top - 6;
	for (int i = 0; i < 50; i++) {
		CHECK(consume(i % 3) == i + 1);
		elsewhere = (char *)mremap(stack, 16 * PAGE, 16 * PAGE,
			MREMAP_MAYMOVE | MREMAP_FIXED, stack + 4096 * PAGE);
		CHECK(elsewhere != MAP_FAILED);
		CHECK(mremap(elsewhere, 16 * PAGE, 16 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			      stack) == stack);
	}
	printf("produced %d\n", produced);
}

/* Left for good, with its calls open, and unmapped. */
static void abandoned(void)
{
	for (int i = 0; i < 30; i++) {
		char *stack = map_pages(16);
		void **top = (void **)(stack + 16 * PAGE) - 2;

		produced = 0;
		*top = (void *)begin_producing;
		other_stack = top - 6;
		CHECK(consume(2) == 1 && consume(1) == 2);
		CHECK(!munmap(stack, 16 * PAGE));
		behave_busy(3);
	}
	printf("30 stacks\n");
}

/* A return address that is changed on the stack: control goes where the program said. */
static int detours;

static NOINLINE void detour_ends(void)
{
	detours++;
}

asm(".pushsection .text\n.type pushes_return, @function\npushes_return:\n"
    "sub $8, %rsp\ncall 1f\nadd $8, %rsp\nret\n"
    "1: lea 2f(%rip), %rax\nmov %rax, (%rsp)\nret\n"
    "2: call *%rdi\nadd $8, %rsp\nret\n"
    ".size pushes_return, . - pushes_return\n.popsection");
extern void pushes_return(void (*function)(void));

static void changed_return(void)
{
	for (int i = 0; i < 20; i++)
		pushes_return(detour_ends);
	printf("%d detours\n", detours);
}

const struct behaviour behave_stacks[] = {
	{"stack_ucontext", coroutines},
	{"stack_by_hand", switched_by_hand},
	{"stack_longjmp", jumps},
	{"stack_deep", deep},
	{"stack_of_thread", thread_stacks},
	{"stack_alloca", alloca_of_all_sizes},
	{"stack_moved", moved},
	{"stack_abandoned", abandoned},
	{"stack_changed_return", changed_return},
	{NULL, NULL},
};
