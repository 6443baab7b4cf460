/*
 * onterminal ACTION... -- PROGRAM ARG...: runs PROGRAM on a terminal of its own, as the job of
 * a small shell that leads the session, and prints what it writes there and how it ends.
 *
 *     bg            first: the program begins in the background
 *     expect=TEXT   waits until TEXT was written
 *     send=TEXT     types it; ^C and the like are control characters
 *     size=R,C      changes the window
 *     stopped       waits until the shell sees the job stopped; says so, or that it is not
 *     fg            the shell puts the job into the foreground and lets it go on
 *     hangup        the terminal is gone
 */
#include "debuggee.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <utmp.h>

#define PATIENCE 3000 /* ms */
#define PATIENCE_STOP 1000
#define PATIENCE_LAST 20 /* what was written comes a moment later */

struct terminal {
	int master;
	int orders; /* to the shell: 'f' */
	int news;   /* from it: wait statuses */
	pid_t shell;
	char output[1u << 16];
	size_t length, seen;
};

static pid_t job;

/* As shells do, whom alone the kernel tells. */
static void pass_on(int signal)
{
	kill(-job, signal);
}

/* The job may be quicker than the shell, which is to know of it first. */
static void hold_hangup(int how)
{
	sigset_t hangup;

	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP);
	sigprocmask(how, &hangup, NULL);
}

static void begin_job(bool background, char **argv, int news)
{
	pid_t self = getpid();

	close(news);
	CHECK(!setpgid(0, 0) && (background || !tcsetpgrp(0, self)));
	signal(SIGTTOU, SIG_DFL);
	hold_hangup(SIG_UNBLOCK);
	execv(argv[0], argv);
	_exit(127);
}

/* Waits for the job, and tells what it sees; continues it when it is told to. */
static void be_shell(bool background, char **argv, int orders, int news)
{
	int status;
	char order;

	signal(SIGTTOU, SIG_IGN);
	hold_hangup(SIG_BLOCK);
	job = fork();
	CHECK(job >= 0);
	if (!job)
		begin_job(background, argv, news);
	setpgid(job, job);
	signal(SIGHUP, pass_on);
	hold_hangup(SIG_UNBLOCK);
	while (waitpid(job, &status, WUNTRACED) == job) {
		CHECK(write(news, &status, sizeof status) == sizeof status);
		if (!WIFSTOPPED(status))
			_exit(0);
		CHECK(read(orders, &order, 1) == 1);
		CHECK(!tcsetpgrp(0, job) && !kill(-job, SIGCONT));
	}
	_exit(1);
}

/* Nothing is echoed: when it would be is a matter of chance. */
static void open_terminal(struct terminal *terminal, bool background, char **argv)
{
	struct winsize size = {33, 99, 0, 0};
	int orders[2], news[2], slave;
	struct termios settings;

	CHECK(!pipe2(orders, O_CLOEXEC) && !pipe2(news, O_CLOEXEC));
	CHECK(!openpty(&terminal->master, &slave, NULL, NULL, &size));
	CHECK(!tcgetattr(slave, &settings));
	settings.c_lflag &= ~(tcflag_t)ECHO;
	settings.c_oflag &= ~(tcflag_t)OPOST;
	CHECK(!tcsetattr(slave, TCSANOW, &settings));
	terminal->shell = fork();
	CHECK(terminal->shell >= 0);
	if (!terminal->shell) {
		close(terminal->master);
		CHECK(!login_tty(slave));
		be_shell(background, argv, orders[0], news[1]);
	}
	close(slave);
	close(news[1]);
	terminal->orders = orders[1];
	terminal->news = news[0];
}

/* More output, if some comes in time. */
static bool read_more(struct terminal *terminal, int patience)
{
	struct pollfd fd = {terminal->master, POLLIN, 0};
	ssize_t got;

	if (terminal->master < 0 || poll(&fd, 1, patience) <= 0)
		return false;
	CHECK(terminal->length < sizeof terminal->output - 1);
	got = read(terminal->master, terminal->output + terminal->length,
		sizeof terminal->output - 1 - terminal->length);
	if (got <= 0)
		return false;
	fwrite(terminal->output + terminal->length, 1, (size_t)got, stdout);
	terminal->length += (size_t)got;
	terminal->output[terminal->length] = '\0';
	return true;
}

static void send_text(const struct terminal *terminal, const char *text)
{
	for (; *text; text++) {
		char byte = *text;

		if (byte == '^' && text[1])
			byte = *++text & 31;
		CHECK(write(terminal->master, &byte, 1) == 1);
	}
}

/* Says what did not come, and ends what is left. */
static void give_up(const struct terminal *terminal, const char *missing)
{
	pid_t group = tcgetpgrp(terminal->master);

	printf("[no %s]\n", missing);
	kill(terminal->shell, SIGKILL);
	if (group > 1)
		kill(-group, SIGKILL);
	exit(1);
}

static void expect(struct terminal *terminal, const char *text)
{
	const char *found;

	while (!(found = strstr(terminal->output + terminal->seen, text)))
		if (!read_more(terminal, PATIENCE))
			give_up(terminal, text);
	terminal->seen = (size_t)(found - terminal->output) + strlen(text);
}

/* What the shell saw, and all that was written before; false where it saw nothing in time. */
static bool hear(struct terminal *terminal, int patience, int *status)
{
	struct pollfd fd = {terminal->news, POLLIN, 0};
	bool heard = false;

	for (int waited = 0; !heard && waited < patience; waited += 10) {
		heard = poll(&fd, 1, 10) > 0;
		while (read_more(terminal, heard ? PATIENCE_LAST : 0))
			;
	}
	return heard && read(terminal->news, status, sizeof *status) == sizeof *status;
}

static void await_stop(struct terminal *terminal)
{
	int status;

	if (!hear(terminal, PATIENCE_STOP, &status))
		give_up(terminal, "stop");
	if (WIFSTOPPED(status))
		printf("[stopped by %d]\n", WSTOPSIG(status));
	else
		printf("[ended]\n");
}

static void hang_up(struct terminal *terminal)
{
	close(terminal->master);
	terminal->master = -1;
}

static void act(struct terminal *terminal, const char *action)
{
	struct winsize size = {0};

	if (!strncmp(action, "expect=", 7))
		expect(terminal, action + 7);
	else if (!strncmp(action, "send=", 5))
		send_text(terminal, action + 5);
	else if (sscanf(action, "size=%hu,%hu", &size.ws_row, &size.ws_col) == 2)
		CHECK(!ioctl(terminal->master, TIOCSWINSZ, &size));
	else if (!strcmp(action, "stopped"))
		await_stop(terminal);
	else if (!strcmp(action, "fg"))
		CHECK(write(terminal->orders, "f", 1) == 1);
	else if (!strcmp(action, "hangup"))
		hang_up(terminal);
	else
		CHECK(!"an action");
}

/* As $? would be. */
static void await_end(struct terminal *terminal)
{
	int status;

	if (!hear(terminal, PATIENCE, &status) || WIFSTOPPED(status))
		give_up(terminal, "end");
	printf("[ended with %d]\n",
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	CHECK(waitpid(terminal->shell, &status, 0) == terminal->shell);
}

int main(int argc, char **argv)
{
	static struct terminal terminal;
	int program = 1, first = 1;
	bool background = argc > 1 && !strcmp(argv[1], "bg");

	while (program < argc && strcmp(argv[program], "--"))
		program++;
	CHECK(program + 1 < argc);
	signal(SIGPIPE, SIG_IGN);
	open_terminal(&terminal, background, argv + program + 1);
	for (first += background; first < program; first++)
		act(&terminal, argv[first]);
	await_end(&terminal);
	return 0;
}
