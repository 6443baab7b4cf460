/* Spin, then sleep. */
#include "target/wait.h"

#include "base/clock.h"
#include "target/brake.h"
#include "target/ptrace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * waitpid, not wait4: for the usage that wait4 tells, the kernel adds up all threads of the
 * target at every stop.
 */

/* A stop that comes within this time after a resume, in ns, is worth spinning for. */
#define PATIENCE_MAX 100000u
#define PATIENCE_MIN 2000u

/* A stop that was slept for and came within this time would have been caught by spinning:
 * waking up is most of it. */
#define WOKEN_SOON (2 * PATIENCE_MAX)

/* How long to wait at most for what does not wake us by itself, in ns. */
#define APART 20000000

/* Asking costs about 0.3 µs; the clock is looked at once in so many times. */
#define ASKS_A_LOOK 16

/* Stops in a row that were caught, before idle processors are kept awake; and sleeps in a
 * row before they may rest again. */
#define CAUGHT_MIN 64
#define SLEPT_MAX 16

void waiter_init(struct waiter *waiter)
{
	cpu_set_t cpus;

	*waiter = (struct waiter){.patience = PATIENCE_MAX, .awake = -1, .apart = APART};
	waiter->alone = !sched_getaffinity(0, sizeof cpus, &cpus) && CPU_COUNT(&cpus) == 1;
}

/* The request ends with the descriptor, so also with ptmem, however that ends. */
static void let_rest(struct waiter *waiter)
{
	if (waiter->awake >= 0)
		close(waiter->awake);
	waiter->awake = -1;
}

void waiter_deinit(struct waiter *waiter)
{
	let_rest(waiter);
	waiter_drop(waiter);
	vec_deinit(&waiter->others);
}

/* For whoever may not ask for it, stops cost what they cost. */
static void keep_awake(struct waiter *waiter)
{
	int32_t microseconds = 0;

	waiter->awake = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
	if (waiter->awake < 0)
		waiter->asleep_for_good = true;
	else if (write(waiter->awake, &microseconds, sizeof microseconds) < 0)
		let_rest(waiter);
}

static void note_caught(struct waiter *waiter)
{
	waiter->patience = PATIENCE_MAX;
	waiter->slept = 0;
	if (waiter->caught < CAUGHT_MIN && ++waiter->caught == CAUGHT_MIN && waiter->awake < 0 &&
		!waiter->asleep_for_good)
		keep_awake(waiter);
}

static void note_slept(struct waiter *waiter, uint64_t time)
{
	if (time < WOKEN_SOON) {
		waiter->patience = PATIENCE_MAX;
		return;
	}
	waiter->patience /= 2;
	if (waiter->patience < PATIENCE_MIN)
		waiter->patience = PATIENCE_MIN;
	waiter->caught = 0;
	if (waiter->awake >= 0 && ++waiter->slept == SLEPT_MAX)
		let_rest(waiter);
}

/* The tid of a stop that came in time; 0 where none did, -1 with errno. */
static pid_t waiter_spin(struct waiter *waiter, uint64_t start, int *status)
{
	do {
		for (int i = 0; i < ASKS_A_LOOK; i++) {
			pid_t tid = waitpid(-1, status, __WALL | WNOHANG);

			if (tid) {
				note_caught(waiter);
				return tid;
			}
		}
	} while (clock_ns() - start < waiter->patience);
	return 0;
}

/*
 * What came for a thread that something else was awaited from, and is for the loop to see:
 * there can be one, since the loop goes on right after.
 */
static struct {
	pid_t tid;
	int status;
} put_back;

static pid_t take_back(int *status)
{
	pid_t tid = put_back.tid;

	*status = put_back.status;
	put_back.tid = 0;
	return tid;
}

/* Children that stop or end are read about, like anything else that is waited for. */
static struct ptmem_error *watch_children(struct waiter *waiter)
{
	struct pollfd *first = vec_append(&waiter->others);
	sigset_t child;

	if (!first)
		return &error_no_memory;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	*first = (struct pollfd){
		.fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), .events = POLLIN};
	return first->fd >= 0 ? NULL : error_errno(errno, "waiting for the target");
}

struct ptmem_error *waiter_add(struct waiter *waiter, int fd)
{
	struct ptmem_error *error = waiter->others.count ? NULL : watch_children(waiter);
	struct pollfd *other = error ? NULL : vec_append(&waiter->others);

	if (!other)
		return error ? error : &error_no_memory;
	*other = (struct pollfd){.fd = fd, .events = POLLIN};
	return NULL;
}

void waiter_drop(struct waiter *waiter)
{
	if (waiter->others.count)
		close(waiter->others.items[0].fd);
	waiter->others.count = 0;
}

/* What came, or 0. A child's signal is there before waitpid() is asked, or comes while it polls. */
static pid_t waiter_poll(struct waiter *waiter, int *status)
{
	struct timespec apart = {.tv_nsec = (long)waiter->apart};
	struct signalfd_siginfo info;
	pid_t tid = waitpid(-1, status, __WALL | WNOHANG);

	if (tid)
		return tid;
	if (ppoll(waiter->others.items, waiter->others.count, &apart, NULL) < 0)
		return 0;
	while (read(waiter->others.items[0].fd, &info, sizeof info) > 0)
		;
	return waitpid(-1, status, __WALL | WNOHANG);
}

struct ptmem_error *waiter_next(struct waiter *waiter, pid_t *tid, int *status)
{
	uint64_t start = waiter->alone ? 0 : clock_ns();
	pid_t found = take_back(status);

	if (!found && waiter->others.count) {
		*tid = waiter_poll(waiter, status);
		return *tid >= 0 || errno == ECHILD ? NULL
						    : error_errno(errno, "waiting for the target");
	}
	if (!found && !waiter->alone)
		found = waiter_spin(waiter, start, status);
	if (!found) {
		found = waitpid(-1, status, __WALL);
		if (!waiter->alone)
			note_slept(waiter, clock_ns() - start);
	}
	if (found < 0 && errno == EINTR)
		found = 0;
	if (found < 0 && errno != ECHILD)
		return error_errno(errno, "waiting for the target");
	*tid = found;
	return NULL;
}

bool waiter_peek(pid_t *tid, int *status)
{
	*tid = take_back(status);
	if (!*tid)
		*tid = waitpid(-1, status, __WALL | WNOHANG);
	return *tid > 0;
}

bool wait_for_end(pid_t pid, int *status, bool (*enough)(void))
{
	while (waitpid(pid, status, 0) != pid)
		if (errno != EINTR || enough())
			return false;
	return true;
}

int64_t ended_children_peak(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_CHILDREN, &usage) ? 0 : (int64_t)usage.ru_maxrss * 1024;
}

/* A signal to ptmem itself is no reason not to go on. */
static pid_t wait_again(pid_t tid, int *status, int options)
{
	pid_t found;

	do
		found = waitpid(tid, status, options);
	while (found < 0 && errno == EINTR);
	return found;
}

/* The signal that a thread is about to get, or -1. */
static int signal_of(pid_t tid, int status)
{
	siginfo_t info;
	struct ptmem_error *error;

	if (status >> 16 || WSTOPSIG(status) != SIGSTOP)
		return status >> 16 ? -1 : WSTOPSIG(status);
	error = tracee_siginfo(tid, &info);
	if (!error && brake_sent(&info))
		return -1;
	error_free(error);
	return SIGSTOP;
}

struct ptmem_error *wait_for_syscall(pid_t tid, int *signal)
{
	int status;

	*signal = 0;
	if (wait_again(tid, &status, __WALL) != tid)
		return errno == ECHILD ? &error_gone
				       : error_errno(errno, "waiting for a system call");
	if (WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80))
		return NULL;
	if (WIFSTOPPED(status) && (!(status >> 16) || status >> 16 == PTRACE_EVENT_STOP)) {
		*signal = signal_of(tid, status);
		return NULL;
	}
	put_back.tid = tid;
	put_back.status = status;
	return &error_gone;
}

void wait_for_kill(pid_t pid)
{
	int status;
	pid_t tid;

	kill(pid, SIGKILL);
	while ((tid = wait_again(-1, &status, __WALL)) > 0)
		if (WIFSTOPPED(status))
			error_free(tracee_resume(tid, 0));
		else if (tid == pid)
			break;
}
