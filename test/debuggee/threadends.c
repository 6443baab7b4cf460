/*
 * threadends HOW: how threads end a process, or leave it to others: the main one by
 * pthread_exit (main), another by exit (exit), exec (exec), a crash (crash) or by being
 * cancelled (cancel), all while others call watched functions.
 */
#include "debuggee.h"

#include <pthread.h>

static volatile int stop;
static const char *how;

static NOINLINE int work(int levels)
{
	return levels ? work(levels - 1) + 1 : 0;
}

static NOINLINE void *busy(void *arg)
{
	while (!stop) {
		work(5);
		pthread_testcancel();
	}
	return arg;
}

static NOINLINE void *ender(void *arg)
{
	for (int i = 0; i < 200; i++)
		work(5);
	if (!strcmp(how, "exit"))
		exit(9);
	if (!strcmp(how, "exec"))
		execlp("sh", "sh", "-c", "exit 8", (char *)NULL);
	if (!strcmp(how, "crash"))
		*(volatile int *)8 = 1;
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t threads[3], last;

	how = argc > 1 ? argv[1] : "";
	prepare();
	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(&threads[i], NULL, busy, NULL));
	CHECK(!pthread_create(&last, NULL, ender, NULL));
	if (!strcmp(how, "cancel"))
		for (int i = 0; i < 3; i++) {
			CHECK(!pthread_cancel(threads[i]));
			CHECK(!pthread_join(threads[i], NULL));
		}
	CHECK(!pthread_join(last, NULL));
	stop = 1;
	if (!strcmp(how, "main"))
		pthread_exit(NULL);
	printf("over\n");
	return 0;
}
