/*
 * ends HOW N: last() adds N pages, some levels below main(), and the process ends there and
 * then: by exit, _exit, quick_exit, pthread_exit, exec, abort, or by a signal.
 */
#include "debuggee.h"

#include <pthread.h>
#include <signal.h>

static NOINLINE void end_by(const char *how)
{
	fflush(stdout);
	if (!strcmp(how, "exit"))
		exit(3);
	if (!strcmp(how, "_exit"))
		_exit(4);
	if (!strcmp(how, "quick_exit"))
		quick_exit(5);
	if (!strcmp(how, "pthread_exit"))
		pthread_exit(NULL);
	if (!strcmp(how, "exec"))
		execlp("true", "true", (char *)NULL);
	if (!strcmp(how, "segv"))
		*(volatile int *)8 = 1;
	if (!strcmp(how, "ill"))
		asm volatile("ud2");
	if (!strcmp(how, "int3"))
		asm volatile("int3");
	if (!strcmp(how, "kill"))
		kill(getpid(), SIGKILL);
	if (!strcmp(how, "term"))
		kill(getpid(), SIGTERM);
	if (!strcmp(how, "rt"))
		kill(getpid(), SIGRTMIN + 3);
	abort();
}

static NOINLINE void last(const char *how, size_t pages)
{
	map_pages(pages);
	end_by(how);
}

static NOINLINE void lower(int levels, const char *how, size_t pages)
{
	if (levels)
		lower(levels - 1, how, pages);
	last(how, pages);
}

int main(int argc, char **argv)
{
	size_t pages = number(argc, argv, 2);

	prepare();
	printf("ending by %s\n", argv[1]);
	lower(5, argv[1], pages);
	return 0;
}
