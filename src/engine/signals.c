/* Signals to ptmem itself while a target runs. */
#include "engine/signals.h"

#include <errno.h>
#include <stdbool.h>

static const int caught[SIGNALS_CAUGHT] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD};

static volatile sig_atomic_t target_pid;
static volatile sig_atomic_t interrupts;

static void pass_on(int signal, siginfo_t *info, void *context)
{
	int saved = errno;
	bool from_terminal = info->si_code == SI_KERNEL;

	(void)context;
	if (!from_terminal)
		kill(target_pid, signal);
	if (signal == SIGINT && ++interrupts == 2)
		kill(target_pid, SIGKILL);
	errno = saved;
}

void signals_begin(struct signals *signals, pid_t target)
{
	struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART};

	target_pid = target;
	interrupts = 0;
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < SIGNALS_CAUGHT; i++) {
		sigaction(caught[i], NULL, &signals->before[i]);
		/* What nohup(1) or a shell told us to ignore, we ignore. But a parent that
		 * ignores SIGCHLD would cost us the target's status. */
		if (caught[i] == SIGCHLD)
			sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
		else if (signals->before[i].sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
}

void signals_end(const struct signals *signals)
{
	for (int i = 0; i < SIGNALS_CAUGHT; i++)
		sigaction(caught[i], &signals->before[i], NULL);
}
