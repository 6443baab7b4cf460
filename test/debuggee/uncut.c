/*
 * uncut N: N times, frames deep on the stack that soon return add pages, and read(2) what would
 * be less if anything interrupted it. Says how often it was.
 */
#include "debuggee.h"

#define TIMES 400
#define PAGES_EACH 3
#define LENGTH 200000
#define FRAME 2000
#define FRAMES 5

static int zeros;
static char buffer[LENGTH];
static unsigned less;

static NOINLINE void add_and_read(void)
{
	for (size_t i = 0; i < TIMES; i++) {
		map_pages(PAGES_EACH);
		less += read(zeros, buffer, LENGTH) != LENGTH;
	}
}

static NOINLINE void go_down(size_t frames)
{
	volatile char frame[FRAME];

	frame[0] = 0;
	if (frames > 1)
		go_down(frames - 1);
	else
		add_and_read();
	frame[FRAME - 1] = frame[0];
}

int main(int argc, char **argv)
{
	size_t times = number(argc, argv, 1);

	zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	CHECK(zeros >= 0);
	prepare();
	for (size_t i = 0; i < times; i++)
		go_down(FRAMES + i % 3);
	printf("%u were less\n", less);
	return 0;
}
