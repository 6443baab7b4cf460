/*
 * The tracer is in a process group of its own, so that what is sent to the front's (by a
 * terminal, or by kill(1)) reaches the front alone, which passes on what can be passed on.
 * Once the target has been let go it joins that group again: what it has to show may be
 * for a terminal, and may need a pager there.
 */
#include "engine/tracer.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PASSED_ON 5

static const int passed_on[PASSED_ON] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGALRM};

static volatile sig_atomic_t tracer_pid;
static pid_t front_pid; /* in the tracer */

static void pass_on(int signal)
{
	int saved = errno;

	kill(tracer_pid, signal);
	errno = saved;
}

/* What nohup(1) or a shell told us to ignore stays ignored. */
static void begin_passing_on(pid_t tracer, struct sigaction before[PASSED_ON])
{
	struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};

	tracer_pid = tracer;
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < PASSED_ON; i++) {
		sigaction(passed_on[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN)
			sigaction(passed_on[i], &action, NULL);
	}
}

static struct ptmem_error *wait_for_tracer(pid_t tracer, int *status)
{
	int wait_status;

	while (waitpid(tracer, &wait_status, 0) < 0)
		if (errno != EINTR)
			return error_errno(errno, "waiting for the tracer");
	*status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
	return NULL;
}

/* The front may have been killed before it could be asked for. */
static void follow_front(pid_t front)
{
	front_pid = front;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != front)
		raise(SIGTERM);
}

struct ptmem_error *tracer_fork(bool *front, int *status)
{
	struct sigaction before[PASSED_ON];
	sigset_t all, mask;
	pid_t self = getpid(), tracer;
	struct ptmem_error *error = NULL;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask);
	tracer = fork();
	if (tracer < 0)
		error = error_errno(errno, "starting the tracer");
	else if (!tracer)
		follow_front(self);
	else
		begin_passing_on(tracer, before);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (error || !tracer) {
		*front = false;
		return error;
	}
	*front = true;
	return wait_for_tracer(tracer, status);
}

bool tracer_rejoin(void)
{
	if (getppid() != front_pid)
		return false;
	setpgid(0, getpgid(front_pid));
	return true;
}
