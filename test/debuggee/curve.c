/*
 * curve STEP...: memory over time that is known. Steps, one after the other:
 *
 *     +N     N MiB more, all of them resident
 *     -      the last of them given back
 *     ~MS    nothing, for so many ms
 *     &FILE  says in this file that it is here, and waits until it is removed
 *     (      a child does what follows, up to the `)` that goes with it, and then ends
 *     )
 *     @      waits for all of its children
 *     v      a vfork that waits for 200 ms before it ends
 *     !N     dies of signal N
 *     =N     exits with N
 *
 * After each +, - and ( a line says what was done and when: `+ 16 1700000000.1234`.
 */
#include "debuggee.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define MIB_PAGES (1048576 / PAGE)
#define BLOCKS 64

static char *blocks[BLOCKS];
static size_t sizes[BLOCKS], count;

static void say(char what, size_t amount)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	printf("%c %zu %ld.%04ld\n", what, amount, (long)now.tv_sec, now.tv_nsec / 100000);
	fflush(stdout);
}

static NOINLINE void grow(size_t mib)
{
	CHECK(count < BLOCKS);
	sizes[count] = mib;
	blocks[count++] = map_pages(mib * MIB_PAGES);
	say('+', mib);
}

static NOINLINE void shrink(void)
{
	CHECK(count);
	count--;
	munmap(blocks[count], sizes[count] * MIB_PAGES * PAGE);
	say('-', sizes[count]);
}

static NOINLINE void rest(size_t ms)
{
	usleep((useconds_t)ms * 1000);
}

static void meet(const char *file)
{
	int fd = open(file, O_CREAT | O_WRONLY, 0644);

	CHECK(fd >= 0);
	close(fd);
	while (!access(file, F_OK))
		usleep(1000);
}

/* The step behind the `)` of this `(`. */
static char **behind(char **step)
{
	for (int depth = 1; depth; step++) {
		CHECK(*step);
		depth += (**step == '(') - (**step == ')');
	}
	return step;
}

static void borrow(void)
{
	pid_t child = vfork();

	CHECK(child >= 0);
	if (!child) {
		usleep(200000);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static char **begin_child(char **steps)
{
	pid_t child = fork();

	CHECK(child >= 0);
	if (!child)
		return steps;
	say('(', (size_t)child);
	return behind(steps);
}

static char **step(char **steps)
{
	const char *word = *steps++;
	size_t amount = strtoul(word + 1, NULL, 10);

	switch (*word) {
	case '+':
		grow(amount);
		break;
	case '-':
		shrink();
		break;
	case '~':
		rest(amount);
		break;
	case '&':
		meet(word + 1);
		break;
	case '(':
		return begin_child(steps);
	case ')':
		_exit(0);
	case '@':
		while (wait(NULL) > 0)
			;
		break;
	case 'v':
		borrow();
		break;
	case '!':
		raise((int)amount);
		break;
	case '=':
		exit((int)amount);
	default:
		CHECK(!"a step");
	}
	return steps;
}

int main(int argc, char **argv)
{
	char **steps = argv + 1;

	(void)argc;
	prepare();
	while (*steps)
		steps = step(steps);
	return 0;
}
