/*
 * held open|held N MS: grow() adds a page, N times, every MS milliseconds, once `ready` was said;
 * `held` with SIGTRAP held back the while, as programs do that hold back all signals. Then it says
 * what is pending, and does no longer hold it back.
 */
#include "debuggee.h"

#include <signal.h>
#include <stdbool.h>
#include <time.h>

static NOINLINE void grow(char *page)
{
	*page = 1;
}

int main(int argc, char **argv)
{
	bool held = argc > 1 && !strcmp(argv[1], "held");
	size_t pages = number(argc, argv, 2), ms = number(argc, argv, 3);
	struct timespec pause = {(time_t)(ms / 1000), (long)(ms % 1000 * 1000000)};
	char *memory = mmap(
		NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigset_t all, before;

	CHECK(memory != MAP_FAILED);
	prepare();
	madvise(memory, pages * PAGE, MADV_DONTNEED);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, held ? &all : NULL, &before);
	printf("ready\n");
	fflush(stdout);
	for (size_t i = 0; i < pages; i++) {
		grow(memory + i * PAGE);
		nanosleep(&pause, NULL);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	printf("grew\n");
	return 3;
}
