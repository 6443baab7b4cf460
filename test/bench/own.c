/*
 * own COMMAND [ARG...]: runs it silently, and prints what it took for itself, without what its
 * children took:
 *
 *     CPU-NS PEAK-KB RINGS-KB HALF-KB END-KB
 *
 * Its peak is what it held itself, with the ring buffers of its events, which the kernel counts
 * for nobody. What it held half-way and at the end is of the time that it had a child.
 *
 * That wait4(2) tells the usage of, includes all children that were waited for: so it is asked
 * while it runs, and once more when it has ended and nobody has waited for it.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_NS 2000000
#define LOOKS_MAX 100000
#define LOOKS_AT_RINGS 8 /* one in so many */

struct own {
	pid_t pid;
	long peak, rings;
	long held[LOOKS_MAX]; /* while it had a child */
	long looks;
};

static FILE *open_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%.40s", pid, name);
	return fopen(path, "r");
}

static bool has_child(pid_t pid)
{
	char name[32];
	FILE *file;
	bool some;

	snprintf(name, sizeof name, "task/%d/children", pid);
	file = open_of(pid, name);
	some = file && fgetc(file) != EOF;
	if (file)
		fclose(file);
	return some;
}

static void look_at_memory(struct own *own)
{
	FILE *file = open_of(own->pid, "status");
	char line[256];
	long held = 0, peak;

	while (file && fgets(line, sizeof line, file)) {
		if (sscanf(line, "VmHWM: %ld", &peak) == 1)
			own->peak = peak;
		sscanf(line, "VmRSS: %ld", &held);
	}
	if (file)
		fclose(file);
	if (held && own->looks < LOOKS_MAX && has_child(own->pid))
		own->held[own->looks++] = held;
}

/* What is resident of a ring, as the kernel counts, is in the peak already. */
static void look_at_rings(struct own *own)
{
	FILE *file = open_of(own->pid, "smaps");
	bool is_ring = false;
	char line[512];
	long kb, rings = 0;

	while (file && fgets(line, sizeof line, file)) {
		if (sscanf(line, "%*x-%*x %*s %*s %*s %ld", &kb) == 1)
			is_ring = strstr(line, "[perf_event]") || strstr(line, "bpf-map");
		else if (is_ring && sscanf(line, "Size: %ld", &kb) == 1)
			rings += kb;
		else if (is_ring && sscanf(line, "Rss: %ld", &kb) == 1)
			rings -= kb;
	}
	if (file)
		fclose(file);
	if (rings > own->rings)
		own->rings = rings;
}

static pid_t run(char **argv)
{
	posix_spawn_file_actions_t silent;
	pid_t pid;
	int failure;

	posix_spawn_file_actions_init(&silent);
	posix_spawn_file_actions_addopen(&silent, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&silent, 1, "/dev/null", O_WRONLY, 0);
	failure = posix_spawnp(&pid, argv[0], &silent, NULL, argv, environ);
	if (failure)
		errx(127, "%s: %s", argv[0], strerror(failure));
	return pid;
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT))
		err(1, "waitid");
	return info.si_pid == pid;
}

/* Of all its threads, also of those that are over. */
static long long processor_time(pid_t pid)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &time))
		err(1, "clock_gettime");
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

int main(int argc, char **argv)
{
	static struct own own;
	struct timespec period = {.tv_nsec = PERIOD_NS};
	long long time;
	int status;

	if (argc < 2)
		errx(2, "what to run?");
	own.pid = run(argv + 1);
	for (long i = 0; !has_ended(own.pid); i++) {
		look_at_memory(&own);
		if (i % LOOKS_AT_RINGS == 0)
			look_at_rings(&own);
		nanosleep(&period, NULL);
	}
	time = processor_time(own.pid);
	if (waitpid(own.pid, &status, 0) != own.pid)
		err(1, "waitpid");
	printf("%lld %ld %ld %ld %ld\n", time, own.peak + own.rings, own.rings,
		own.held[own.looks / 2] + own.rings,
		own.held[own.looks ? own.looks - 1 : 0] + own.rings);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
