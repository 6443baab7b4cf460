/*
 * stops: stops itself, as Ctrl-Z would, and is continued by a child, which first makes sure
 * that it did stop.
 */
#include "debuggee.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static NOINLINE void grow_n(size_t pages)
{
	map_pages(pages);
}

/* The letter in /proc/PID/stat: 12 (stops) T ... or t where a tracer holds it. */
static char state_of(pid_t pid)
{
	char path[32], text[256] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0 && read(fd, text, sizeof text - 1) > 0);
	close(fd);
	return strrchr(text, ')')[2];
}

static void continue_later(pid_t pid)
{
	struct timespec moment = {0, 50000000};
	int stopped = 0;

	for (int i = 0; i < 10; i++) {
		char state = state_of(pid);

		stopped += state == 'T' || state == 't';
		nanosleep(&moment, NULL);
	}
	kill(pid, SIGCONT);
	_exit(stopped >= 8 ? 0 : 1);
}

int main(void)
{
	pid_t self = getpid(), child;
	int status;

	prepare();
	grow_n(3);
	child = fork();
	if (!child)
		continue_later(self);
	raise(SIGSTOP);
	grow_n(4);
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	printf("stopped: %s\n", WEXITSTATUS(status) ? "no" : "yes");
	return 0;
}
