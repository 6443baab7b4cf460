/* A debugger for a program that has passed a limit. */
#include "cli/debugger.h"

#include "cli/message.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIGNALS 3

/* What the terminal sends is meant for the debugger. */
static const int terminal_signals[SIGNALS] = {SIGINT, SIGQUIT, SIGTSTP};

bool debugger_is_wanted(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static void run_gdb(pid_t pid)
{
	char number[16];

	for (int i = 0; i < SIGNALS; i++)
		signal(terminal_signals[i], SIG_DFL);
	snprintf(number, sizeof number, "%d", pid);
	execlp("gdb", "gdb", "-q", "-p", number, (char *)NULL);
	_exit(127);
}

static bool wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return !WIFEXITED(status) || WEXITSTATUS(status) != 127;
}

void debugger_run(pid_t pid)
{
	struct sigaction before[SIGNALS];
	pid_t child;

	for (int i = 0; i < SIGNALS; i++)
		sigaction(terminal_signals[i], &(struct sigaction){.sa_handler = SIG_IGN},
			&before[i]);
	child = fork();
	if (!child)
		run_gdb(pid);
	if (child < 0 || !wait_for(child))
		message_print("gdb cannot be started: the program goes on");
	for (int i = 0; i < SIGNALS; i++)
		sigaction(terminal_signals[i], &before[i], NULL);
}
