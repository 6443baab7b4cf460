/* Signals to ptmem itself while a target runs. */
#include "engine/signals.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

/* A wait that is told to end may just be about to begin: it is told again and again. */
#define TICK_NS 20000000

/* ns: how long the program has to get a signal by itself. */
#define PASS_ON_AFTER 30000000

/* ns: within which a Ctrl-C is the second one. */
#define TWICE_WITHIN UINT64_C(3000000000)

static const int caught[SIGNALS_CAUGHT] = {
	SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGALRM, SIGCHLD};

/* What was sent to ptmem, and may not have reached the program. */
struct due {
	volatile sig_atomic_t waits;
	pid_t sender;
	uint64_t since;
};

static volatile sig_atomic_t target_pid;
static volatile sig_atomic_t leave, insist, any_due, suspended, ending;
static uint64_t interrupted;
static struct due dues[SIGNALS_CAUGHT];
static timer_t tick_timer;

void signals_tick(bool on)
{
	long period = on ? TICK_NS : 0;
	struct itimerspec often = {.it_interval.tv_nsec = period, .it_value.tv_nsec = period};

	timer_settime(tick_timer, 0, &often, NULL);
}

static void ask_to_leave(void)
{
	leave = 1;
	signals_tick(true);
}

static struct due *due_of(int signal)
{
	for (int i = 0; i < SIGNALS_CAUGHT; i++)
		if (caught[i] == signal)
			return &dues[i];
	return NULL;
}

static void note_interrupt(void)
{
	uint64_t time = clock_ns();

	if (interrupted && time - interrupted < TWICE_WITHIN) {
		insist = 1;
		ask_to_leave();
	}
	interrupted = time;
}

/* Of what the program sends, it knows whom it means. */
static void take_for_program(int signal, const siginfo_t *info)
{
	struct due *due = due_of(signal);

	if (info->si_code != SI_KERNEL && info->si_pid != target_pid) {
		due->sender = info->si_pid;
		due->since = clock_ns();
		due->waits = any_due = 1;
		signals_tick(true);
	}
	if (signal == SIGTSTP)
		suspended = 1;
	if (signal == SIGINT)
		note_interrupt();
}

static void note_end(int signal, const siginfo_t *info)
{
	bool ends = signal == SIGINT || signal == SIGQUIT || signal == SIGTERM || signal == SIGHUP;

	if (ends && (!target_pid || info->si_code == SI_KERNEL || info->si_pid != target_pid))
		ending = 1;
}

static void take(int signal, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	note_end(signal, info);
	if (signal == SIGALRM) {
		/* Only the end of the time has something to say; a tick has done its work. */
		if (info->si_code == SI_TIMER && info->si_value.sival_int)
			ask_to_leave();
	} else if (target_pid) {
		take_for_program(signal, info);
	} else if (signal != SIGTSTP && signal != SIGCONT) {
		ask_to_leave();
	}
	errno = saved;
}

void signals_target_ended(void)
{
	target_pid = 0;
	any_due = 0;
}

bool signals_ask_to_leave(void)
{
	return leave;
}

bool signals_insist(void)
{
	return insist;
}

bool signals_ask_to_end(void)
{
	return ending;
}

bool signals_are_due(void)
{
	return any_due;
}

void signals_pass_on(void)
{
	bool waits = false;

	for (int i = 0; i < SIGNALS_CAUGHT; i++) {
		if (!dues[i].waits)
			continue;
		if (clock_ns() - dues[i].since < PASS_ON_AFTER) {
			waits = true;
			continue;
		}
		dues[i].waits = 0;
		if (target_pid)
			kill(target_pid, caught[i]);
	}
	any_due = waits;
	signals_tick(waits || leave);
}

/* Whether the terminal is ours just now, and so a shell's job to give back. */
static bool in_foreground(void)
{
	int terminal = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool ours = terminal >= 0 && tcgetpgrp(terminal) == getpgrp();

	if (terminal >= 0)
		close(terminal);
	return ours;
}

void signals_note(int signal, pid_t sender)
{
	struct due *due = due_of(signal);

	if (due && due->waits && due->sender == sender)
		due->waits = 0;
	if ((signal == SIGSTOP || signal == SIGTSTP) && sender == target_pid && in_foreground())
		suspended = 1;
}

void signals_stopped(int signal)
{
	struct sigaction ours, standard = {.sa_handler = SIG_DFL};
	bool handled = due_of(signal) != NULL;

	if (!suspended)
		return;
	suspended = 0;
	if (handled)
		sigaction(signal, &standard, &ours);
	raise(signal);
	if (handled)
		sigaction(signal, &ours, NULL);
}

static void begin_timers(struct signals *signals, double seconds)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	struct itimerspec once = {
		.it_value.tv_sec = (time_t)seconds,
		.it_value.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9),
	};

	timer_create(CLOCK_MONOTONIC, &event, &signals->tick);
	tick_timer = signals->tick;
	event.sigev_value.sival_int = 1;
	timer_create(CLOCK_MONOTONIC, &event, &signals->duration);
	timer_settime(signals->duration, 0, &once, NULL);
}

void signals_begin(struct signals *signals, pid_t launched, double seconds)
{
	/* Without SA_RESTART: what waits is to look whether it should go on. */
	struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO};
	sigset_t ours;

	target_pid = launched;
	leave = insist = any_due = suspended = ending = 0;
	interrupted = 0;
	for (int i = 0; i < SIGNALS_CAUGHT; i++)
		dues[i].waits = 0;
	sigemptyset(&action.sa_mask);
	sigemptyset(&ours);
	for (int i = 0; i < SIGNALS_CAUGHT; i++) {
		sigaction(caught[i], NULL, &signals->before[i]);
		/* What nohup(1) or a shell told us to ignore, we ignore. But a parent that
		 * ignores SIGCHLD would cost us the target's status, and ticks are our own. */
		if (caught[i] == SIGCHLD)
			sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
		else if (caught[i] == SIGALRM || signals->before[i].sa_handler != SIG_IGN ||
			 (!launched && caught[i] == SIGTERM))
			sigaction(caught[i], &action, NULL);
		sigaddset(&ours, caught[i]);
	}
	begin_timers(signals, seconds);
	sigprocmask(SIG_UNBLOCK, &ours, &signals->mask);
}

void signals_end(struct signals *signals)
{
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
	timer_delete(signals->tick);
	timer_delete(signals->duration);
	for (int i = 0; i < SIGNALS_CAUGHT; i++)
		sigaction(caught[i], &signals->before[i], NULL);
}
