/* Signals that are sent, handled, blocked and waited for. */
#include "behave.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

static volatile sig_atomic_t handled;
static siginfo_t last;
static sigjmp_buf back;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	last = *info;
	handled++;
	behave_busy(2);
}

static void say_last(const char *how)
{
	printf("%s: signal %d, code %d, own %d, value %d, handled %d\n", how, last.si_signo,
		last.si_code, last.si_pid == getpid(),
		last.si_code < 0 ? last.si_value.sival_int : 0, (int)handled);
}

static void by_kill(void)
{
	behave_handle(SIGUSR1, on_signal, 0);
	kill(getpid(), SIGUSR1);
	say_last("kill");
	raise(SIGUSR1);
	say_last("raise");
}

static void by_tgkill(void)
{
	behave_handle(SIGUSR2, on_signal, 0);
	CHECK(!syscall(SYS_tgkill, getpid(), gettid(), SIGUSR2));
	say_last("tgkill");
	CHECK(!pthread_kill(pthread_self(), SIGUSR2));
	say_last("pthread_kill");
}

static void by_sigqueue(void)
{
	behave_handle(SIGRTMIN, on_signal, 0);
	for (int i = 1; i < 4; i++) {
		CHECK(!sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 40 + i}));
		say_last("sigqueue");
	}
}

static void by_timer(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
	struct itimerspec when = {.it_value = {0, 5000000}};
	timer_t timer;

	event.sigev_value.sival_int = 77;
	behave_handle(SIGRTMIN + 1, on_signal, 0);
	CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK(!timer_settime(timer, 0, &when, NULL));
	while (!handled)
		behave_busy(1);
	printf("timer: code %d, value %d, handled %d\n", last.si_code, last.si_value.sival_int,
		(int)handled);
}

static void by_sigio(void)
{
	int ends[2];

	CHECK(!pipe(ends));
	behave_handle(SIGRTMIN + 2, on_signal, 0);
	CHECK(!fcntl(ends[0], F_SETOWN, getpid()));
	CHECK(!fcntl(ends[0], F_SETSIG, SIGRTMIN + 2));
	CHECK(!fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK));
	CHECK(write(ends[1], "x", 1) == 1);
	while (!handled)
		behave_pause(1);
	printf("io: code %d, band %lx, right descriptor %d\n", last.si_code, last.si_band,
		last.si_fd == ends[0]);
}

/* One change of a child's at a time: SIGCHLDs that wait together become one. */
static void await_child(void)
{
	while (!handled)
		behave_pause(1);
	handled = 0;
	printf("child: code %d, status %d\n", last.si_code, last.si_status);
}

static void of_child(void)
{
	int ends[2];
	char byte;
	pid_t child;

	CHECK(!pipe(ends));
	behave_handle(SIGCHLD, on_signal, SA_RESTART);
	child = behave_fork();
	if (!child) {
		raise(SIGSTOP);
		_exit(read(ends[0], &byte, 1) == 1 ? 9 : 1);
	}
	await_child();
	kill(child, SIGCONT);
	await_child();
	CHECK(write(ends[1], "x", 1) == 1);
	await_child();
	CHECK(waitpid(child, NULL, 0) == child);
	child = behave_fork();
	if (!child)
		raise(SIGKILL);
	await_child();
	CHECK(waitpid(child, NULL, 0) == child);
}

static void say_value(int signal, siginfo_t *info, void *context)
{
	(void)context;
	printf("signal +%d, value %d\n", signal - SIGRTMIN, info->si_value.sival_int);
}

static void realtime_order(void)
{
	for (int i = 0; i < 3; i++) {
		behave_handle(SIGRTMIN + i, say_value, 0);
		behave_block(SIG_BLOCK, SIGRTMIN + i);
	}
	for (int i = 0; i < 9; i++)
		CHECK(!sigqueue(getpid(), SIGRTMIN + 2 - i % 3, (union sigval){.sival_int = i}));
	for (int i = 0; i < 3; i++)
		behave_block(SIG_UNBLOCK, SIGRTMIN + i);
}

static void blocked(void)
{
	sigset_t pending;

	behave_handle(SIGUSR1, on_signal, 0);
	behave_block(SIG_BLOCK, SIGUSR1);
	for (int i = 0; i < 5; i++)
		kill(getpid(), SIGUSR1);
	sigpending(&pending);
	printf("pending %d, handled %d\n", sigismember(&pending, SIGUSR1), (int)handled);
	behave_block(SIG_UNBLOCK, SIGUSR1);
	printf("handled %d\n", (int)handled);
}

static char alternate[16 * PAGE];

static void on_alternate(int signal, siginfo_t *info, void *context)
{
	char here;

	(void)info;
	(void)context;
	behave_busy(50);
	printf("signal %d on the alternate stack: %d\n", signal,
		&here >= alternate && &here < alternate + sizeof alternate);
}

static void altstack(void)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};

	CHECK(!sigaltstack(&stack, NULL));
	behave_handle(SIGUSR1, on_alternate, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK(!sigaltstack(NULL, &stack));
	printf("after it: %x\n", (unsigned)stack.ss_flags);
}

static void leap(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	handled++;
	behave_work(1, 5);
	siglongjmp(back, signal);
}

static NOINLINE int raise_deep(int levels)
{
	if (levels)
		return raise_deep(levels - 1) + 1;
	raise(SIGUSR1);
	return 0;
}

static void longjmp_out(void)
{
	volatile int jumps = 0;

	behave_handle(SIGUSR1, leap, 0);
	while (jumps < 300)
		if (sigsetjmp(back, 1))
			jumps++;
		else
			raise_deep(jumps % 9);
	printf("%d jumps, %d handled\n", jumps, (int)handled);
}

static void nest(int signal, siginfo_t *info, void *context)
{
	int depth = signal - SIGRTMIN;

	(void)info;
	(void)context;
	printf("%*sin %d\n", depth, "", depth);
	if (depth < 6)
		raise(signal + 1);
	behave_busy(3);
	printf("%*sout of %d\n", depth, "", depth);
}

static void nested(void)
{
	for (int i = 0; i < 7; i++)
		behave_handle(SIGRTMIN + i, nest, 0);
	raise(SIGRTMIN);
}

static void again(int signal, siginfo_t *info, void *context)
{
	struct sigaction now;

	(void)info;
	(void)context;
	CHECK(!sigaction(signal, NULL, &now));
	printf("handled %d, default again %d\n", (int)++handled, now.sa_handler == SIG_DFL);
	if (signal == SIGUSR2 && handled < 5)
		raise(signal);
}

static void flags(void)
{
	behave_handle(SIGUSR1, again, SA_RESETHAND);
	raise(SIGUSR1);
	behave_handle(SIGUSR2, again, SA_NODEFER);
	raise(SIGUSR2);
}

static void waited_for(void)
{
	struct timespec soon = {0, 5000000};
	sigset_t set;
	siginfo_t info;

	behave_block(SIG_BLOCK, SIGUSR1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	kill(getpid(), SIGUSR1);
	printf("sigwaitinfo %d, code %d\n", sigwaitinfo(&set, &info), info.si_code);
	behave_say_result("sigtimedwait", sigtimedwait(&set, &info, &soon));
}

static void from_descriptor(void)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	behave_block(SIG_BLOCK, SIGUSR2);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	CHECK(!sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 5}));
	CHECK(read(fd, &info, sizeof info) == sizeof info);
	printf("signal %u, code %d, value %d\n", info.ssi_signo, info.ssi_code, info.ssi_int);
	close(fd);
}

static void suspended(void)
{
	sigset_t none;

	behave_handle(SIGALRM, on_signal, 0);
	behave_block(SIG_BLOCK, SIGALRM);
	kill(getpid(), SIGALRM);
	sigemptyset(&none);
	behave_say_result("sigsuspend", sigsuspend(&none));
	printf("handled %d\n", (int)handled);
}

static void paused(void)
{
	behave_handle(SIGALRM, on_signal, SA_RESTART);
	ualarm(20000, 0);
	behave_say_result("pause", pause());
	printf("handled %d\n", (int)handled);
}

static void skip_instruction(int signal, siginfo_t *info, void *context)
{
	ucontext_t *registers = (ucontext_t *)context;

	(void)signal;
	(void)info;
	registers->uc_mcontext.gregs[REG_RIP] += 2;
	registers->uc_mcontext.gregs[REG_RBX] = 42;
}

/* ud2, two bytes long, is skipped by the handler, which changes a register as well. */
static void changed_registers(void)
{
	long value = 0;

	behave_handle(SIGILL, skip_instruction, 0);
	for (int i = 0; i < 20; i++)
		asm volatile("xor %%ebx, %%ebx\n\tud2\n\tmov %%rbx, %0" : "=r"(value) : : "rbx");
	printf("value %ld\n", value);
}

static void *busy_thread(void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	while (!handled)
		behave_busy(10);
	*(pid_t *)arg = gettid();
	return NULL;
}

/* Blocked everywhere but in one thread. */
static void to_a_thread(void)
{
	pthread_t thread;
	pid_t tid;

	behave_handle(SIGUSR1, on_signal, 0);
	behave_block(SIG_BLOCK, SIGUSR1);
	CHECK(!pthread_create(&thread, NULL, busy_thread, &tid));
	kill(getpid(), SIGUSR1);
	CHECK(!pthread_join(thread, NULL));
	printf("handled %d\n", (int)handled);
}

/* Signals come at any instruction of calls that are watched. */
static void storm(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct itimerspec when = {{0, 200000}, {0, 200000}};
	timer_t timer;

	behave_handle(SIGUSR1, on_signal, SA_RESTART);
	CHECK(!timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK(!timer_settime(timer, 0, &when, NULL));
	while (handled < 100)
		behave_busy(10);
	CHECK(!timer_delete(timer));
	printf("enough\n");
}

static void ignored(void)
{
	signal(SIGUSR1, SIG_IGN);
	kill(getpid(), SIGUSR1);
	signal(SIGCHLD, SIG_IGN);
	if (!behave_fork())
		_exit(3);
	behave_say_result("wait", wait(NULL));
}

/* A stopped process keeps what it is sent until it goes on. */
static void while_stopped(void)
{
	sigset_t set;
	siginfo_t info;
	pid_t child;

	behave_block(SIG_BLOCK, SIGUSR1);
	child = behave_fork();
	if (!child) {
		raise(SIGSTOP);
		sigemptyset(&set);
		sigaddset(&set, SIGUSR1);
		printf("waited for %d\n", sigwaitinfo(&set, &info));
		_exit(info.si_code == SI_USER ? 0 : 1);
	}
	behave_reap(child);
	kill(child, SIGUSR1);
	kill(child, SIGCONT);
	CHECK(waitpid(child, NULL, 0) == child);
}

/* Stops itself; a child that sees it stopped lets it go on. */
static void stop_by(int signal)
{
	char path[64], line[256];
	pid_t parent = getpid();
	pid_t child = behave_fork();

	if (!child) {
		snprintf(path, sizeof path, "/proc/%d/stat", parent);
		do {
			FILE *file = fopen(path, "re");

			CHECK(file && fgets(line, sizeof line, file));
			fclose(file);
			behave_pause(1);
		} while (!strstr(line, ") T ") && !strstr(line, ") t "));
		behave_pause(20);
		kill(parent, SIGCONT);
		_exit(0);
	}
	kill(parent, signal);
	printf("going on\n");
	behave_reap(child);
}

static void stopped(void)
{
	behave_handle(SIGCONT, on_signal, 0);
	stop_by(SIGSTOP);
	printf("SIGCONT handled %d\n", (int)handled);
}

static void stopped_by_terminal_signal(void)
{
	setpgid(0, 0);
	stop_by(SIGTSTP);
}

static void on_tstp(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	printf("signal %d handled\n", signal);
}

static void stop_handled(void)
{
	behave_handle(SIGTSTP, on_tstp, 0);
	kill(getpid(), SIGTSTP);
	signal(SIGTSTP, SIG_IGN);
	kill(getpid(), SIGTSTP);
	printf("not stopped\n");
}

const struct behaviour behave_signals[] = {
	{"signal_kill", by_kill},
	{"signal_tgkill", by_tgkill},
	{"signal_sigqueue", by_sigqueue},
	{"signal_timer", by_timer},
	{"signal_io", by_sigio},
	{"signal_child", of_child},
	{"signal_realtime_order", realtime_order},
	{"signal_blocked", blocked},
	{"signal_altstack", altstack},
	{"signal_longjmp", longjmp_out},
	{"signal_nested", nested},
	{"signal_flags", flags},
	{"signal_sigwaitinfo", waited_for},
	{"signal_signalfd", from_descriptor},
	{"signal_sigsuspend", suspended},
	{"signal_pause", paused},
	{"signal_context", changed_registers},
	{"signal_thread", to_a_thread},
	{"signal_storm", storm},
	{"signal_ignored", ignored},
	{"signal_while_stopped", while_stopped},
	{"signal_stop", stopped},
	{"signal_tstp", stopped_by_terminal_signal},
	{"signal_tstp_handled", stop_handled},
	{NULL, NULL},
};
