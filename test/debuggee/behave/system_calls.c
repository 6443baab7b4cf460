/* System calls that wait, and are interrupted, restarted, or answered. */
#include "behave.h"

#include <errno.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>

static volatile sig_atomic_t handled;
static int ends[2];

/* The second one gives the call that waits what it waits for. */
static void on_alarm(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	behave_work(1, 3);
	if (++handled == 2)
		CHECK(write(ends[1], "x", 1) == 1);
}

static void alarms(bool restart)
{
	struct itimerval twice = {{0, 50000}, {0, 50000}};

	handled = 0;
	behave_handle(SIGALRM, on_alarm, restart ? SA_RESTART : 0);
	CHECK(!setitimer(ITIMER_REAL, &twice, NULL));
}

static void no_alarms(void)
{
	CHECK(!setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL));
}

static long wait_in_read(void)
{
	char byte;

	return read(ends[0], &byte, 1);
}

static long wait_in_poll(void)
{
	struct pollfd fd = {ends[0], POLLIN, 0};

	return poll(&fd, 1, 1000);
}

static long wait_in_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	return select(ends[0] + 1, &set, NULL, NULL, NULL);
}

static long wait_in_epoll(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = epoll_create1(EPOLL_CLOEXEC), ready;

	CHECK(!epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &event));
	ready = epoll_wait(fd, &event, 1, 1000);
	close(fd);
	return ready;
}

static long wait_in_semaphore(void)
{
	sem_t semaphore;

	CHECK(!sem_init(&semaphore, 0, 0));
	return sem_wait(&semaphore);
}

static long wait_in_sleep(void)
{
	struct timespec left = {0, 0}, time = {0, 900000000};
	long result = nanosleep(&time, &left);

	if (result)
		CHECK(left.tv_nsec > 0 && left.tv_nsec < 900000000);
	return result;
}

static long wait_in_futex(void)
{
	struct timespec time = {0, 900000000};
	int word = 0;

	return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &time, NULL, 0);
}

static long wait_in_accept(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval soon = {0, 900000};
	long result;

	CHECK(!bind(fd, &(struct sockaddr){.sa_family = AF_UNIX}, sizeof(sa_family_t)));
	CHECK(!listen(fd, 1));
	CHECK(!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon));
	result = accept(fd, NULL, NULL);
	close(fd);
	return result;
}

static const struct {
	const char *name;
	long (*wait)(void);
	bool restarts;
} waits[] = {
	{"read", wait_in_read, true},
	{"poll", wait_in_poll, false},
	{"select", wait_in_select, false},
	{"epoll", wait_in_epoll, false},
	{"sleep", wait_in_sleep, false},
	{"futex", wait_in_futex, true},
	{"accept", wait_in_accept, false},
};

static void interrupt_all(bool restart)
{
	CHECK(!pipe2(ends, O_CLOEXEC));
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		long result;

		alarms(restart);
		result = waits[i].wait();
		no_alarms();
		behave_say_result(waits[i].name, result);
		/* Empties the pipe for the next one. */
		if (handled >= 2 && waits[i].wait != wait_in_read)
			CHECK(wait_in_read() == 1);
	}
}

static void interrupted(void)
{
	interrupt_all(false);
	alarms(false);
	behave_say_result("sem_wait", wait_in_semaphore());
	no_alarms();
}

static void restarted(void)
{
	interrupt_all(true);
}

static void none(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
}

/* What a stop and its end do to calls that wait is the kernel's business, not a watcher's. */
static void stopped(void)
{
	pid_t parent = getpid(), child;

	CHECK(!pipe2(ends, O_CLOEXEC));
	for (size_t i = 0; i < 5; i++) {
		child = behave_fork();
		if (!child) {
			behave_pause(30);
			kill(parent, SIGSTOP);
			behave_pause(30);
			kill(parent, SIGCONT);
			behave_pause(30);
			CHECK(write(ends[1], "x", 1) == 1);
			_exit(0);
		}
		behave_say_result(waits[i].name, waits[i].wait());
		CHECK(waitpid(child, NULL, 0) == child);
		if (waits[i].wait != wait_in_read)
			CHECK(wait_in_read() == 1);
	}
}

static void watched_sleep(void)
{
	struct timespec before, after, time = {0, 50000000};
	long took;

	clock_gettime(CLOCK_MONOTONIC, &before);
	CHECK(!clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL));
	clock_gettime(CLOCK_MONOTONIC, &after);
	took = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
	printf("slept long enough %d\n", took >= 49);
}

static void cpu_timer(int which, int signal, const char *name)
{
	struct itimerval soon = {{0, 0}, {0, 10000}};

	handled = 0;
	ends[1] = -1;
	behave_handle(signal, none, 0);
	CHECK(!setitimer(which, &soon, NULL));
	do {
		behave_busy(1);
		CHECK(!getitimer(which, &soon));
	} while (soon.it_value.tv_sec || soon.it_value.tv_usec);
	printf("%s: over\n", name);
}

static void cpu_timers(void)
{
	cpu_timer(ITIMER_VIRTUAL, SIGVTALRM, "virtual");
	cpu_timer(ITIMER_PROF, SIGPROF, "profiling");
}

static void clocks(void)
{
	struct timespec last = {0, 0}, now;

	for (int i = 0; i < 2000; i++) {
		CHECK(!clock_gettime(CLOCK_MONOTONIC, &now));
		CHECK(now.tv_sec > last.tv_sec ||
			(now.tv_sec == last.tv_sec && now.tv_nsec >= last.tv_nsec));
		last = now;
		if (i % 100 == 0)
			behave_busy(1);
	}
	CHECK(time(NULL) > 1000000000);
	printf("monotonic\n");
}

static void events(void)
{
	uint64_t value = 3;
	int fd = eventfd(2, EFD_CLOEXEC);
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct itimerspec when = {.it_value = {0, 5000000}};

	CHECK(write(fd, &value, sizeof value) == sizeof value);
	CHECK(read(fd, &value, sizeof value) == sizeof value);
	printf("eventfd %lu\n", (unsigned long)value);
	CHECK(!timerfd_settime(timer, 0, &when, NULL));
	CHECK(read(timer, &value, sizeof value) == sizeof value);
	printf("timerfd %lu\n", (unsigned long)value);
}

static void notified(void)
{
	char buffer[1024];
	int fd = inotify_init1(IN_CLOEXEC);
	const struct inotify_event *event = (const struct inotify_event *)buffer;

	CHECK(inotify_add_watch(fd, ".", IN_CREATE | IN_DELETE) >= 0);
	close(open("noticed", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	CHECK(read(fd, buffer, sizeof buffer) > 0);
	printf("%x: %s\n", event->mask, event->name);
}

/* Gets a byte from its left, adds one, and hands it on. */
static void hand_on(int from, int to)
{
	unsigned char byte;

	CHECK(read(from, &byte, 1) == 1);
	byte = (unsigned char)behave_work(byte, 1);
	CHECK(write(to, &byte, 1) == 1);
	_exit(0);
}

static void pipeline(void)
{
	int first[2], left, next[2];
	unsigned char byte = 7;

	CHECK(!pipe(first));
	left = first[0];
	for (int i = 0; i < 30; i++) {
		CHECK(!pipe(next));
		if (!behave_fork())
			hand_on(left, next[1]);
		close(left);
		close(next[1]);
		left = next[0];
	}
	CHECK(write(first[1], &byte, 1) == 1);
	CHECK(read(left, &byte, 1) == 1);
	while (wait(NULL) > 0)
		;
	printf("%d\n", byte);
}

static void read_input(void)
{
	char buffer[256];
	ssize_t got;
	long total = 0;

	while ((got = read(0, buffer, sizeof buffer)) > 0) {
		behave_work(1, 2);
		total += got;
	}
	behave_say_result("last read", got);
	printf("%ld bytes\n", total);
}

static void message_queue(void)
{
	struct {
		long type;
		char text[8];
	} message = {3, "hello"};
	int queue = msgget(IPC_PRIVATE, 0600);
	pid_t child;

	CHECK(queue >= 0);
	child = behave_fork();
	if (!child) {
		CHECK(!msgsnd(queue, &message, sizeof message.text, 0));
		_exit(0);
	}
	memset(message.text, 0, sizeof message.text);
	CHECK(msgrcv(queue, &message, sizeof message.text, 3, 0) == sizeof message.text);
	printf("%s\n", message.text);
	behave_reap(child);
	CHECK(!msgctl(queue, IPC_RMID, NULL));
}

const struct behaviour behave_system_calls[] = {
	{"call_interrupted", interrupted},
	{"call_restarted", restarted},
	{"call_stopped", stopped},
	{"call_sleep", watched_sleep},
	{"call_cpu_timers", cpu_timers},
	{"call_clocks", clocks},
	{"call_events", events},
	{"call_inotify", notified},
	{"call_pipeline", pipeline},
	{"call_message_queue", message_queue},
	{"input_pipe", read_input},
	{"input_closed", read_input},
	{"input_file", read_input},
	{NULL, NULL},
};
