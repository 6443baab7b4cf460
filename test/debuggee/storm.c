/*
 * storm N: a timer fires again and again while small functions call one another N times, so
 * that signals arrive at every instruction of every call. All of them must add up, and each
 * must say that it came at an instruction in a file, or of the kernel's: of the program.
 */
#include "debuggee.h"

#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>

static volatile unsigned long signals, sum;

static NOINLINE unsigned long add(unsigned long a, unsigned long b)
{
	return a + b;
}

static NOINLINE unsigned long twice(unsigned long a)
{
	return add(a, a);
}

static struct {
	uintptr_t start, end;
} code[64];
static int code_count;

/* 7ffff7dc3000-7ffff7f18000 r-xp 00026000 fe:01 42 /usr/lib/libc.so.6 */
static void find_code(void)
{
	char line[512], rights[5], name[2];
	FILE *maps = fopen("/proc/self/maps", "r");

	CHECK(maps);
	while (code_count < 64 && fgets(line, sizeof line, maps))
		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %1s", &code[code_count].start,
			    &code[code_count].end, rights, name) == 4 &&
			rights[2] == 'x')
			code_count++;
	fclose(maps);
}

static int in_code(uintptr_t address)
{
	for (int i = 0; i < code_count; i++)
		if (address >= code[i].start && address < code[i].end)
			return 1;
	return 0;
}

/* The next signal comes a little after this one was handled, however long that takes. */
static NOINLINE void on_signal(int signal, siginfo_t *info, void *context)
{
	struct itimerval next = {{0, 0}, {0, 50 + (long)(signals * 37 % 200)}};
	const ucontext_t *interrupted = context;

	(void)signal;
	(void)info;
	CHECK(in_code((uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP]));
	signals = add(signals, 1);
	setitimer(ITIMER_REAL, &next, NULL);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	unsigned long count = number(argc, argv, 1);

	prepare();
	find_code();
	sigaction(SIGALRM, &action, NULL);
	raise(SIGALRM);
	for (unsigned long i = 0; i < count; i++)
		sum = add(sum, twice(i));
	signal(SIGALRM, SIG_IGN);
	CHECK(sum == count * (count - 1));
	printf("%lu calls\n", count);
	return 0;
}
