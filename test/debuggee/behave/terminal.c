/* What a program sees of its terminal, and what the terminal does to it. */
#include "behave.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

static volatile sig_atomic_t handled[NSIG];

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	handled[signal]++;
}

static void await(int signal, int times)
{
	while (handled[signal] < times) {
		behave_busy(1);
		behave_pause(1);
	}
	/* No more of them than were sent. */
	behave_pause(50);
	printf("signal %d: %d\n", signal, (int)handled[signal]);
}

static void say_settings(void)
{
	struct termios settings;
	struct winsize size;

	CHECK(!tcgetattr(0, &settings) && !ioctl(0, TIOCGWINSZ, &size));
	printf("modes %x %x %x %x, size %d x %d\n", settings.c_iflag, settings.c_oflag,
		settings.c_cflag, settings.c_lflag, size.ws_row, size.ws_col);
}

static void settings(void)
{
	printf("terminals %d %d %d\n", isatty(0), isatty(1), isatty(2));
	printf("in the foreground %d, session's %d\n", tcgetpgrp(0) == getpgrp(),
		tcgetsid(0) == getsid(0));
	printf("leads session %d\n", getsid(0) == getpid());
	say_settings();
}

/* As editors do: what they change stays changed if they do not change it back. */
static void raw(void)
{
	struct termios settings;
	char byte;

	CHECK(!tcgetattr(0, &settings));
	cfmakeraw(&settings);
	CHECK(!tcsetattr(0, TCSANOW, &settings));
	CHECK(write(1, "raw\n", 4) == 4);
	CHECK(read(0, &byte, 1) == 1);
	dprintf(1, "read %d\n", byte);
}

static void resized(void)
{
	behave_handle(SIGWINCH, on_signal, SA_RESTART);
	printf("ready\n");
	await(SIGWINCH, 1);
	say_settings();
}

static void interrupted(void)
{
	behave_handle(SIGINT, on_signal, SA_RESTART);
	printf("ready\n");
	await(SIGINT, 1);
}

static void interrupted_often(void)
{
	behave_handle(SIGINT, on_signal, SA_RESTART);
	for (int i = 1; i < 4; i++) {
		printf("ready %d\n", i);
		await(SIGINT, i);
	}
}

static void quits(void)
{
	behave_handle(SIGQUIT, on_signal, SA_RESTART);
	printf("ready\n");
	await(SIGQUIT, 1);
}

static void wait_for_ever(void)
{
	printf("ready\n");
	for (;;) {
		behave_busy(1);
		behave_pause(5);
	}
}

/* What is printed then goes nowhere. */
static void hung_up(void)
{
	behave_handle(SIGHUP, on_signal, SA_RESTART);
	printf("ready\n");
	while (!handled[SIGHUP])
		behave_pause(1);
	behave_pause(50);
	_exit(handled[SIGHUP]);
}

static void reads(void)
{
	char line[64];

	printf("ready\n");
	while (fgets(line, sizeof line, stdin)) {
		behave_busy(1);
		printf("read: %s", line);
	}
}

static void suspended(void)
{
	behave_handle(SIGCONT, on_signal, SA_RESTART);
	reads();
	printf("continued %d\n", (int)handled[SIGCONT]);
}

static void on_suspend(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	dprintf(1, "putting all in order\n");
	behave_handle(signal, on_signal, 0);
	kill(getpid(), SIGSTOP);
	dprintf(1, "back again\n");
}

/* As editors do at Ctrl-Z. */
static void suspends_itself(void)
{
	behave_handle(SIGTSTP, on_suspend, SA_RESTART);
	reads();
}

static void stops(void)
{
	printf("stopping\n");
	kill(getpid(), SIGSTOP);
	printf("back again\n");
}

/* A shell's work: a job in a group of its own, in the foreground, stopped and continued. */
static void runs_job(void)
{
	pid_t job;
	int status;

	signal(SIGTTOU, SIG_IGN);
	job = behave_fork();
	if (!job) {
		CHECK(!setpgid(0, 0) && !tcsetpgrp(0, getpid()));
		signal(SIGTTOU, SIG_DFL);
		wait_for_ever();
	}
	setpgid(job, job);
	CHECK(waitpid(job, &status, WUNTRACED) == job);
	CHECK(!tcsetpgrp(0, getpgrp()));
	behave_say_status("job", status);
	CHECK(!tcsetpgrp(0, job) && !kill(-job, SIGCONT));
	printf("again\n");
	CHECK(waitpid(job, &status, WUNTRACED) == job);
	CHECK(!tcsetpgrp(0, getpgrp()));
	behave_say_status("job", status);
}

/* As shells do that are started in a terminal: a group of their own takes it. */
static void takes_foreground(void)
{
	pid_t before = tcgetpgrp(0);
	char line[64];

	signal(SIGTTOU, SIG_IGN);
	CHECK(!setpgid(0, 0) && !tcsetpgrp(0, getpid()));
	printf("ready\n");
	CHECK(fgets(line, sizeof line, stdin));
	printf("read: %s", line);
	CHECK(!tcsetpgrp(0, before));
}

const struct behaviour behave_terminal[] = {
	{"terminal_settings", settings},
	{"terminal_raw", raw},
	{"terminal_resized", resized},
	{"terminal_interrupt", interrupted},
	{"terminal_interrupt_often", interrupted_often},
	{"terminal_interrupt_kills", wait_for_ever},
	{"terminal_quit", quits},
	{"terminal_quit_kills", wait_for_ever},
	{"terminal_hangup", wait_for_ever},
	{"terminal_hangup_handled", hung_up},
	{"terminal_suspend", suspended},
	{"terminal_suspend_handled", suspends_itself},
	{"terminal_stop", stops},
	{"terminal_background", reads},
	{"terminal_job", runs_job},
	{"terminal_foreground", takes_foreground},
	{NULL, NULL},
};
