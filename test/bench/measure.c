/*
 * measure COMMAND [ARG...]: runs it silently, and prints the nanoseconds that it took and
 * the most memory in kB that it, or a child of its, held at once.
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

int main(int argc, char **argv)
{
	long long start = now();
	posix_spawn_file_actions_t silent;
	struct rusage usage;
	int status, failure;
	pid_t pid;

	if (argc < 2)
		errx(2, "what to run?");
	posix_spawn_file_actions_init(&silent);
	posix_spawn_file_actions_addopen(&silent, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&silent, 1, "/dev/null", O_WRONLY, 0);
	failure = posix_spawnp(&pid, argv[1], &silent, NULL, argv + 1, environ);
	if (failure)
		errx(127, "%s: %s", argv[1], strerror(failure));
	if (wait4(pid, &status, 0, &usage) != pid)
		err(1, "wait4");
	printf("%lld %ld\n", now() - start, usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
