/*
 * A pager, chosen and started as git does: $PTMEM_PAGER, $PAGER or less, by the shell.
 * `cat` and an empty name mean none.
 */
#include "cli/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a shell ends with where it cannot execute, or not find, a command. */
#define SHELL_CANNOT 126
#define SHELL_NOT_FOUND 127

static const char *pager_command(void)
{
	const char *command = getenv("PTMEM_PAGER");

	if (!command)
		command = getenv("PAGER");
	if (!command)
		command = "less";
	return *command && strcmp(command, "cat") != 0 ? command : NULL;
}

bool pager_is_wanted(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && terminal && *terminal && strcmp(terminal, "dumb") != 0 &&
	       pager_command();
}

/* In the child. less: quit where it fits a screen, show colours, leave the text there. */
static void pager_exec(int input)
{
	signal(SIGPIPE, SIG_DFL);
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	if (dup2(input, STDIN_FILENO) >= 0)
		execl("/bin/sh", "sh", "-c", pager_command(), (char *)NULL);
	_exit(SHELL_NOT_FOUND);
}

/* Until all is written, or the pager has seen enough. */
static void pager_feed(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t done = write(fd, text, length);

		if (done < 0 && errno != EINTR)
			break;
		text += done > 0 ? done : 0;
		length -= done > 0 ? (size_t)done : 0;
	}
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Ctrl-C on the terminal is the pager's affair as long as there is one, as in system(3). */
bool pager_show(const char *text, size_t length)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return false;
	pid = fork();
	if (!pid)
		pager_exec(ends[0]);
	close(ends[0]);
	if (pid > 0) {
		sigaction(SIGINT, &ignore, &interrupt);
		sigaction(SIGQUIT, &ignore, &quit);
		pager_feed(ends[1], text, length);
	}
	close(ends[1]);
	if (pid < 0)
		return false;
	status = wait_for(pid);
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	return !WIFEXITED(status) ||
	       (WEXITSTATUS(status) != SHELL_CANNOT && WEXITSTATUS(status) != SHELL_NOT_FOUND);
}
