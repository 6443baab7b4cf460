/*
 * breaks N K [thread|exec|often]: extend() makes the heap N pages larger and fills them, K times;
 * cut() gives half of them back one by one, and extend() takes as many again. `thread`: a second
 * thread does that in the middle of it; `exec`: the program does it twice, the second time as
 * another; `often`: the last page comes and goes 300 times more.
 */
#include "debuggee.h"

#include <pthread.h>
#include <string.h>

static size_t pages, times;

static NOINLINE void extend(size_t count)
{
	char *memory = sbrk((intptr_t)(count * PAGE));

	CHECK(memory != (void *)-1);
	for (size_t i = 0; i < count; i++)
		*(volatile char *)(memory + i * PAGE) = 1;
}

static NOINLINE void cut(size_t count)
{
	CHECK(sbrk(-(intptr_t)(count * PAGE)) != (void *)-1);
}

static NOINLINE void breathe(void)
{
	extend(1);
	cut(1);
}

static NOINLINE void *move(void *unused)
{
	for (size_t i = 0; i < times; i++)
		extend(pages);
	for (size_t i = 0; i < times / 2; i++)
		cut(pages);
	for (size_t i = 0; i < times / 2; i++)
		extend(pages);
	return unused;
}

static NOINLINE void move_elsewhere(void)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, move, NULL));
	CHECK(!pthread_join(thread, NULL));
}

int main(int argc, char **argv)
{
	const char *how = argc > 3 ? argv[3] : "";

	pages = number(argc, argv, 1);
	times = number(argc, argv, 2);
	prepare();
	move(NULL);
	if (!strcmp(how, "thread"))
		move_elsewhere();
	if (!strcmp(how, "often"))
		for (int i = 0; i < 300; i++)
			breathe();
	if (!strcmp(how, "exec")) {
		argv[3] = NULL;
		execv("/proc/self/exe", argv);
	}
	return 0;
}
