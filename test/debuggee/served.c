/*
 * served N: a process to attach to. It starts N threads, called worker-1 and so on, says
 * `ready`, and obeys orders, a line each on its input, and repeats each when it is done:
 *
 *     grow I K C    thread I (0 is the main one) calls grow_I(), which adds K pages, C times;
 *                   from thread 8 on it is grow_8()
 *     turn I K C    it calls turn_over(), which adds 5 K pages and gives them all back
 *     heap K C      extend() makes the heap K pages larger and fills them, C times
 *     in            the main thread goes on below hold(), a call further down
 *     out           hold() adds a page and returns
 *     fork K        grow_0() adds K pages in a child, for which it waits
 *     again K       write_again() writes to K pages that a child shares
 *     linger        a child calls a function now and then, for ten seconds
 *     exec FILE ARG
 *     exit STATUS
 *     crash
 */
#include "debuggee.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>

#define MOST_THREADS 1024
#define WORKER_STACK (16 * PAGE)

static struct worker {
	pthread_t thread;
	size_t index, pages, calls;
	int turns;
	sem_t go, done;
} workers[MOST_THREADS];
static size_t worker_count;

#define DEFINE_GROW(i)                              \
	static NOINLINE void grow_##i(size_t pages) \
	{                                           \
		map_pages(pages);                   \
	}
DEFINE_GROW(0)
DEFINE_GROW(1)
DEFINE_GROW(2)
DEFINE_GROW(3)
DEFINE_GROW(4)
DEFINE_GROW(5)
DEFINE_GROW(6)
DEFINE_GROW(7)
DEFINE_GROW(8)

static void (*const grow[])(size_t) = {
	grow_0, grow_1, grow_2, grow_3, grow_4, grow_5, grow_6, grow_7, grow_8};

static NOINLINE void touch(char *memory, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		*(volatile char *)(memory + i * PAGE) = 1;
}

/* By each of the system calls that do. */
static NOINLINE void turn_over(size_t pages)
{
	size_t size = pages * PAGE;
	char *heap = sbrk((intptr_t)size), *memory = map_pages(4 * pages);

	CHECK(heap != (void *)-1);
	touch(heap, pages);
	CHECK(sbrk(-(intptr_t)size) == heap + size);
	CHECK(!madvise(memory + 3 * size, size, MADV_DONTNEED));
	memory = mremap(memory, 4 * size, 2 * size, MREMAP_MAYMOVE);
	CHECK(memory != MAP_FAILED);
	memory = mremap(memory, 2 * size, 64 * size, MREMAP_MAYMOVE);
	CHECK(memory != MAP_FAILED && !munmap(memory, 64 * size));
}

static NOINLINE void repeat(const struct worker *worker)
{
	for (size_t i = 0; i < worker->calls; i++)
		if (worker->turns)
			turn_over(worker->pages);
		else
			grow[worker->index < 8 ? worker->index : 8](worker->pages);
}

static NOINLINE void touch_worker_stack(void)
{
	volatile char space[WORKER_STACK];

	for (size_t i = 0; i < WORKER_STACK; i += PAGE)
		space[i] = 0;
	(void)space[0];
}

static NOINLINE void *work(void *arg)
{
	struct worker *worker = arg;
	char name[32];

	snprintf(name, sizeof name, "worker-%zu", worker->index);
	prctl(PR_SET_NAME, name);
	touch_worker_stack();
	for (;;) {
		sem_post(&worker->done);
		while (sem_wait(&worker->go))
			continue;
		repeat(worker);
	}
	return NULL;
}

static void await_worker(struct worker *worker)
{
	while (sem_wait(&worker->done))
		continue;
}

static void start_worker(size_t index)
{
	struct worker *worker = &workers[index];
	pthread_attr_t attributes;

	worker->index = index;
	CHECK(!sem_init(&worker->go, 0, 0) && !sem_init(&worker->done, 0, 0));
	CHECK(!pthread_attr_init(&attributes));
	CHECK(!pthread_attr_setstacksize(&attributes, 4 * WORKER_STACK));
	CHECK(!pthread_create(&worker->thread, &attributes, work, worker));
	await_worker(worker);
}

/* numbers: I K C */
static NOINLINE void have_grown(char *numbers, int turns)
{
	struct worker *worker = &workers[strtoul(numbers, &numbers, 10)];

	CHECK(worker <= &workers[worker_count]);
	worker->pages = strtoul(numbers, &numbers, 10);
	worker->calls = strtoul(numbers, NULL, 10);
	worker->turns = turns;
	if (worker == workers) {
		repeat(worker);
		return;
	}
	sem_post(&worker->go);
	await_worker(worker);
}

static NOINLINE void extend(size_t pages)
{
	char *heap = sbrk((intptr_t)(pages * PAGE));

	CHECK(heap != (void *)-1);
	touch(heap, pages);
}

/* numbers: K C */
static NOINLINE void have_extended(char *numbers)
{
	size_t pages = strtoul(numbers, &numbers, 10);

	for (size_t left = strtoul(numbers, NULL, 10); left; left--)
		extend(pages);
}

static NOINLINE void fork_child(size_t pages)
{
	pid_t child = fork();
	int status;

	if (!child) {
		grow_0(pages);
		_exit(5);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 5);
}

static NOINLINE void write_again(char *memory, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		*(volatile char *)(memory + i * PAGE) = 2;
}

static NOINLINE void write_shared(size_t pages)
{
	char *memory = map_pages(pages);
	pid_t child = fork();

	if (!child)
		for (;;)
			pause();
	CHECK(child > 0);
	write_again(memory, pages);
	kill(child, SIGKILL);
	CHECK(waitpid(child, NULL, 0) == child);
}

static NOINLINE void nothing(void)
{
}

static NOINLINE void leave_child(void)
{
	if (fork())
		return;
	for (int i = 0; i < 1000; i++) {
		nothing();
		usleep(10000);
	}
	_exit(0);
}

/* One read a line: who gives orders waits for the answers. */
static int next_order(char *order, size_t size)
{
	ssize_t got;

	do
		got = read(0, order, size - 1);
	while (got < 0);
	order[got] = '\0';
	return got > 0;
}

static int starts(const char *order, const char *word)
{
	return !strncmp(order, word, strlen(word));
}

static NOINLINE void execute(char *words)
{
	char *file = strtok(words, " \n"), *argument = strtok(NULL, " \n");

	execl(file, file, argument, (char *)NULL);
	abort();
}

static void answer(const char *order)
{
	CHECK(write(1, order, strlen(order)) == (ssize_t)strlen(order));
}

static NOINLINE void hold(void);

static NOINLINE void obey(char *order)
{
	if (starts(order, "grow ") || starts(order, "turn "))
		have_grown(order + 5, starts(order, "turn "));
	else if (starts(order, "heap "))
		have_extended(order + 5);
	else if (starts(order, "in")) {
		answer(order);
		hold();
		order = "out\n";
	} else if (starts(order, "fork "))
		fork_child(strtoul(order + 5, NULL, 10));
	else if (starts(order, "again "))
		write_shared(strtoul(order + 6, NULL, 10));
	else if (starts(order, "linger"))
		leave_child();
	else if (starts(order, "exec "))
		execute(order + 5);
	else if (starts(order, "exit "))
		exit((int)strtoul(order + 5, NULL, 10));
	else
		*(volatile int *)8 = 1;
	answer(order);
}

static NOINLINE void hold(void)
{
	char order[128];

	while (next_order(order, sizeof order) && !starts(order, "out"))
		obey(order);
	map_pages(1);
}

static NOINLINE void serve(void)
{
	char order[128];

	while (next_order(order, sizeof order))
		obey(order);
}

int main(int argc, char **argv)
{
	worker_count = number(argc, argv, 1);
	CHECK(worker_count < MOST_THREADS);
	prepare();
	for (size_t i = 1; i <= worker_count; i++)
		start_worker(i);
	answer("ready\n");
	serve();
	return 0;
}
