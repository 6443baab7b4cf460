/* Spin, then sleep. */
#include "target/wait.h"

#include "target/ptrace.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

/*
 * waitpid, not wait4: for the usage that wait4 tells, the kernel adds up all threads of the
 * target at every stop.
 */

/* A stop that comes within this time after a resume is worth spinning for. */
#define PATIENCE_MAX 100000u
#define PATIENCE_MIN 2000u

/* Asking costs about 0.3 µs; the clock is looked at once in so many times. */
#define ASKS_A_LOOK 16

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void waiter_init(struct waiter *waiter)
{
	cpu_set_t cpus;

	*waiter = (struct waiter){.patience = PATIENCE_MAX};
	waiter->alone = !sched_getaffinity(0, sizeof cpus, &cpus) && CPU_COUNT(&cpus) == 1;
}

/* The tid of a stop that came in time; 0 where none did, -1 with errno. */
static pid_t waiter_spin(struct waiter *waiter, int *status)
{
	uint64_t start = now();

	do {
		for (int i = 0; i < ASKS_A_LOOK; i++) {
			pid_t tid = waitpid(-1, status, __WALL | WNOHANG);

			if (tid) {
				waiter->patience = PATIENCE_MAX;
				return tid;
			}
		}
	} while (now() - start < waiter->patience);
	waiter->patience /= 2;
	if (waiter->patience < PATIENCE_MIN)
		waiter->patience = PATIENCE_MIN;
	return 0;
}

struct ptmem_error *waiter_next(struct waiter *waiter, pid_t *tid, int *status)
{
	pid_t found = waiter->alone ? 0 : waiter_spin(waiter, status);

	if (!found)
		found = waitpid(-1, status, __WALL);
	if (found < 0 && errno == EINTR)
		found = 0;
	if (found < 0 && errno != ECHILD)
		return error_errno(errno, "waiting for the target");
	*tid = found;
	return NULL;
}

int64_t ended_children_peak(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_CHILDREN, &usage) ? 0 : (int64_t)usage.ru_maxrss * 1024;
}

struct ptmem_error *wait_for_step(pid_t tid)
{
	int status;

	while (waitpid(tid, &status, __WALL) == tid) {
		struct ptmem_error *error;

		if (!WIFSTOPPED(status))
			return &error_gone;
		if (status >> 8 == SIGTRAP)
			return NULL;
		/* A group stop came in between; the step is still to be done. */
		error = tracee_step(tid, 0);
		if (error)
			return error;
	}
	return errno == ECHILD ? &error_gone : error_errno(errno, "waiting for a step");
}

void wait_for_kill(pid_t pid)
{
	int status;
	pid_t tid;

	kill(pid, SIGKILL);
	while ((tid = waitpid(-1, &status, __WALL)) > 0)
		if (WIFSTOPPED(status))
			error_free(tracee_resume(tid, 0));
		else if (tid == pid)
			break;
}
