/*
 * uncut N: N times, frames deep on the stack that soon return add pages, and read(2) what would
 * be less if anything interrupted it. Says how often it was.
 * uncut N PAGES: N times, read(2) adds so many.
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

static NOINLINE void read_fresh(size_t times, size_t length)
{
	for (size_t i = 0; i < times; i++) {
		void *fresh = mmap(
			NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		less += read(zeros, fresh, length) != (ssize_t)length;
		usleep(2000);
	}
}

int main(int argc, char **argv)
{
	size_t times = number(argc, argv, 1);

	zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	CHECK(zeros >= 0);
	prepare();
	if (argc > 2)
		read_fresh(times, number(argc, argv, 2) * PAGE);
	for (size_t i = 0; argc == 2 && i < times; i++)
		go_down(FRAMES + i % 3);
	printf("%u were less\n", less);
	return 0;
}
