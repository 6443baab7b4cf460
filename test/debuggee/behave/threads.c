/* Threads: how they begin, meet and end. */
#include "behave.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define COUNT 8

static void *add(void *arg)
{
	behave_busy(20);
	return (void *)(intptr_t)behave_work((int)(intptr_t)arg, 3);
}

static void joined(void)
{
	pthread_t threads[COUNT];
	intptr_t sum = 0;

	for (intptr_t i = 0; i < COUNT; i++)
		CHECK(!pthread_create(&threads[i], NULL, add, (void *)i));
	for (int i = 0; i < COUNT; i++) {
		void *result;

		CHECK(!pthread_join(threads[i], &result));
		sum += (intptr_t)result;
	}
	printf("sum %ld\n", (long)sum);
}

static void *outlive(void *arg)
{
	behave_pause(30);
	behave_busy(50);
	printf("the last thread\n");
	return arg;
}

/* The process ends with its last thread, and with status 0. */
static void main_exits(void)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, outlive, NULL));
	pthread_exit(NULL);
}

static void *outlive_and_exit(void *arg)
{
	behave_pause(30);
	behave_busy(50);
	exit((int)(intptr_t)arg);
}

/* The leader by the bare system call: a zombie until the others are done. */
static void leader_first(void)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, outlive_and_exit, (void *)15));
	syscall(SYS_exit, 3);
}

static void *spawn_more(void *arg)
{
	pthread_t thread;

	behave_work(1, 2);
	if (arg && !pthread_create(&thread, NULL, spawn_more, (char *)arg - 1))
		CHECK(!pthread_join(thread, NULL));
	return NULL;
}

static void storm(void)
{
	pthread_t threads[COUNT];

	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < COUNT; i++)
			CHECK(!pthread_create(&threads[i], NULL, spawn_more, (void *)6));
		for (int i = 0; i < COUNT; i++)
			CHECK(!pthread_join(threads[i], NULL));
	}
	printf("%d threads\n", 5 * COUNT * 7);
}

static void *leave_at_once(void *arg)
{
	return arg;
}

/* Exits while threads begin and end. */
static void exit_in_storm(void)
{
	pthread_t thread;
	pthread_attr_t attributes;

	CHECK(!pthread_attr_init(&attributes));
	CHECK(!pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED));
	for (int i = 0; i < 50; i++)
		while (pthread_create(&thread, &attributes, leave_at_once, NULL))
			sched_yield();
	exit(16);
}

static pthread_key_t key;

static void destroy_value(void *value)
{
	intptr_t left = (intptr_t)value;

	behave_work(1, 2);
	printf("destroying %ld\n", (long)left);
	if (left > 1)
		CHECK(!pthread_setspecific(key, (void *)(left - 1)));
}

static void *set_value(void *arg)
{
	CHECK(!pthread_setspecific(key, arg));
	return NULL;
}

static void destructors(void)
{
	pthread_t thread;

	CHECK(!pthread_key_create(&key, destroy_value));
	CHECK(!pthread_create(&thread, NULL, set_value, (void *)3));
	CHECK(!pthread_join(thread, NULL));
}

static pthread_mutex_t robust;

static void *die_with_mutex(void *arg)
{
	CHECK(!pthread_mutex_lock(&robust));
	return arg;
}

static void robust_mutex(void)
{
	pthread_mutexattr_t attributes;
	pthread_t thread;

	CHECK(!pthread_mutexattr_init(&attributes));
	CHECK(!pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
	CHECK(!pthread_mutex_init(&robust, &attributes));
	CHECK(!pthread_create(&thread, NULL, die_with_mutex, NULL));
	CHECK(!pthread_join(thread, NULL));
	printf("owner died %d\n", pthread_mutex_lock(&robust) == EOWNERDEAD);
	CHECK(!pthread_mutex_consistent(&robust) && !pthread_mutex_unlock(&robust));
}

/* The same, with the owner a process that is killed. */
static void robust_mutex_of_process(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t *mutex = (pthread_mutex_t *)mmap(
		NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	CHECK(!pthread_mutexattr_init(&attributes));
	CHECK(!pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
	CHECK(!pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED));
	CHECK(!pthread_mutex_init(mutex, &attributes));
	child = behave_fork();
	if (!child) {
		CHECK(!pthread_mutex_lock(mutex));
		raise(SIGKILL);
	}
	behave_reap(child);
	printf("owner died %d\n", pthread_mutex_lock(mutex) == EOWNERDEAD);
}

static void clean_up(void *arg)
{
	behave_busy(3);
	printf("cleaning up %s\n", (const char *)arg);
}

static NOINLINE void wait_deep(int levels)
{
	pthread_cleanup_push(clean_up, (void *)(levels % 2 ? "odd" : "even"));
	if (levels)
		wait_deep(levels - 1);
	else
		for (;;)
			behave_pause(1000);
	pthread_cleanup_pop(0);
}

static void *wait_forever(void *arg)
{
	wait_deep(3);
	return arg;
}

static void *spin_forever(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;)
		behave_work(1, 5);
	return arg;
}

static void cancelled(void)
{
	void *(*const mains[])(void *) = {wait_forever, spin_forever};

	for (int i = 0; i < 2; i++) {
		pthread_t thread;
		void *result;

		CHECK(!pthread_create(&thread, NULL, mains[i], NULL));
		behave_pause(10);
		CHECK(!pthread_cancel(thread));
		CHECK(!pthread_join(thread, &result));
		printf("cancelled %d\n", result == PTHREAD_CANCELED);
	}
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static NOINLINE void add_one(void)
{
	pthread_mutex_lock(&mutex);
	counter++;
	pthread_mutex_unlock(&mutex);
}

static void *contend(void *arg)
{
	for (int i = 0; i < 2000; i++)
		add_one();
	return arg;
}

static void contention(void)
{
	pthread_t threads[COUNT];

	for (int i = 0; i < COUNT; i++)
		CHECK(!pthread_create(&threads[i], NULL, contend, NULL));
	for (int i = 0; i < COUNT; i++)
		CHECK(!pthread_join(threads[i], NULL));
	printf("counter %ld\n", counter);
}

static pthread_barrier_t barrier;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn;

static void *take_turns(void *arg)
{
	int self = (int)(intptr_t)arg;

	for (int i = 0; i < 20; i++) {
		pthread_mutex_lock(&mutex);
		while (turn % 4 != self)
			pthread_cond_wait(&turned, &mutex);
		turn = behave_work(turn, 1);
		pthread_cond_broadcast(&turned);
		pthread_mutex_unlock(&mutex);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void turns(void)
{
	pthread_t threads[4];

	CHECK(!pthread_barrier_init(&barrier, NULL, 4));
	for (intptr_t i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, take_turns, (void *)i));
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_join(threads[i], NULL));
	printf("%d turns\n", turn);
}

static void *name_itself(void *arg)
{
	char path[64], name[32];
	FILE *file;

	CHECK(!pthread_setname_np(pthread_self(), "worker bee"));
	snprintf(path, sizeof path, "/proc/self/task/%d/comm", gettid());
	file = fopen(path, "re");
	CHECK(file && fgets(name, sizeof name, file));
	fclose(file);
	printf("%s", name);
	return arg;
}

static void names(void)
{
	pthread_t thread;
	char name[16];

	CHECK(!pthread_create(&thread, NULL, name_itself, NULL));
	CHECK(!pthread_join(thread, NULL));
	CHECK(!prctl(PR_SET_NAME, "renamed", 0, 0, 0) && !prctl(PR_GET_NAME, name, 0, 0, 0));
	printf("%s\n", name);
}

static int bare_thread(void *arg)
{
	*(volatile int *)arg = behave_work(30, 3);
	syscall(SYS_exit, 0);
	return 0;
}

/* A thread that no library knows of. */
static void bare(void)
{
	static char stack[16 * PAGE];
	volatile int value = 0;
	pid_t tid = -1;

	CHECK(clone(bare_thread, stack + sizeof stack,
		      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			      CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
		      (void *)&value, &tid, NULL, &tid) > 0);
	while (*(volatile pid_t *)&tid)
		sched_yield();
	printf("value %d\n", value);
}

static __thread int own = 3;

static void *change_own(void *arg)
{
	own = behave_work(own, 4);
	CHECK(own == 7);
	return arg;
}

static void thread_local_values(void)
{
	pthread_t threads[COUNT];

	for (int i = 0; i < COUNT; i++)
		CHECK(!pthread_create(&threads[i], NULL, change_own, NULL));
	for (int i = 0; i < COUNT; i++)
		CHECK(!pthread_join(threads[i], NULL));
	printf("own %d\n", own);
}

const struct behaviour behave_threads[] = {
	{"thread_joined", joined},
	{"thread_main_exits", main_exits},
	{"thread_leader_first", leader_first},
	{"thread_storm", storm},
	{"thread_exit_in_storm", exit_in_storm},
	{"thread_destructors", destructors},
	{"thread_robust_mutex", robust_mutex},
	{"thread_robust_mutex_process", robust_mutex_of_process},
	{"thread_cancelled", cancelled},
	{"thread_contention", contention},
	{"thread_turns", turns},
	{"thread_names", names},
	{"thread_bare", bare},
	{"thread_local", thread_local_values},
	{NULL, NULL},
};
