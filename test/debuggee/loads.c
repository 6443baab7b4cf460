/*
 * loads ORDER...: loads and unloads a library, and calls functions of it and of another that it
 * is linked with. Without orders it says `ready` and reads them, a line each, and repeats each
 * when it is done:
 *
 *     linked N      growing_grow() adds N pages
 *     back N        growing_call() has called_back() add N pages
 *     load          plug N     plugin_grow() adds N pages    unload
 *     cycle K N     all three, K times
 *     crowd K N     in four threads at once
 *     twice N       two copies of the library, each adds N pages
 *     fork N        load and plug in a child, for which it waits
 *     clock N       reads the clock N times, which the kernel's own code in the process does
 *     exit STATUS
 *
 * PLUGIN in the environment is the library, instead of the one beside the program.
 */
#include "debuggee.h"
#include "growing.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>

#define CROWD 4

typedef void grow_function(size_t pages);

static char plugin[PATH_MAX];
static void *loaded;

static void find_plugin(void)
{
	const char *given = getenv("PLUGIN");
	ssize_t length = readlink("/proc/self/exe", plugin, sizeof plugin - sizeof "libplugin.so");

	CHECK(length > 0);
	if (given)
		snprintf(plugin, sizeof plugin, "%s", given);
	else
		strcpy(strrchr(plugin, '/') + 1, "libplugin.so");
}

static void *load(void)
{
	void *library = dlopen(plugin, RTLD_NOW);

	if (!library)
		fprintf(stderr, "%s\n", dlerror());
	CHECK(library);
	return library;
}

static NOINLINE void plug(void *library, size_t pages)
{
	grow_function *grow;

	*(void **)&grow = dlsym(library, "plugin_grow");
	CHECK(grow);
	grow(pages);
}

static NOINLINE void cycle(size_t times, size_t pages)
{
	for (size_t i = 0; i < times; i++) {
		void *library = load();

		plug(library, pages);
		CHECK(!dlclose(library));
	}
}

static size_t crowd_times, crowd_pages;

static void *join_crowd(void *arg)
{
	(void)arg;
	cycle(crowd_times, crowd_pages);
	return NULL;
}

static void crowd(size_t times, size_t pages)
{
	pthread_t threads[CROWD];

	crowd_times = times;
	crowd_pages = pages;
	for (size_t i = 0; i < CROWD; i++)
		CHECK(!pthread_create(&threads[i], NULL, join_crowd, NULL));
	for (size_t i = 0; i < CROWD; i++)
		CHECK(!pthread_join(threads[i], NULL));
}

static void twice(size_t pages)
{
	void *own = load(), *other = dlmopen(LM_ID_NEWLM, plugin, RTLD_NOW);

	CHECK(other);
	plug(own, pages);
	plug(other, pages);
}

static void in_child(size_t pages)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		plug(load(), pages);
		_exit(7);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static NOINLINE void called_back(size_t pages)
{
	map_pages(pages);
}

static void read_clock(size_t times)
{
	struct timespec time;

	for (size_t i = 0; i < times; i++)
		CHECK(!clock_gettime(CLOCK_MONOTONIC, &time));
}

static void obey(const char *order)
{
	char word[16] = "";
	size_t first = 0, second = 0;

	CHECK(sscanf(order, "%15s %zu %zu", word, &first, &second) >= 1);
	if (!strcmp(word, "linked"))
		growing_grow(first);
	else if (!strcmp(word, "back"))
		growing_call(called_back, first);
	else if (!strcmp(word, "load"))
		loaded = load();
	else if (!strcmp(word, "plug"))
		plug(loaded, first);
	else if (!strcmp(word, "unload"))
		CHECK(!dlclose(loaded));
	else if (!strcmp(word, "cycle"))
		cycle(first, second);
	else if (!strcmp(word, "crowd"))
		crowd(first, second);
	else if (!strcmp(word, "twice"))
		twice(first);
	else if (!strcmp(word, "fork"))
		in_child(first);
	else if (!strcmp(word, "clock"))
		read_clock(first);
	else if (!strcmp(word, "exit"))
		exit((int)first);
	else
		CHECK(!"an order that it knows");
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t capacity = 0;

	find_plugin();
	prepare();
	for (int i = 1; i < argc; i++)
		obey(argv[i]);
	if (argc > 1)
		return 0;
	puts("ready");
	fflush(stdout);
	while (getline(&line, &capacity, stdin) > 0) {
		obey(line);
		fputs(line, stdout);
		fflush(stdout);
	}
	free(line);
	return 0;
}
