/*
 * blocked NAME: waits in a system call of that name, having said `ready`. One that has a
 * time-out waits for it; any other is woken by a line on standard input (or its end). Then it
 * says `NAME: as it should be`, or what was wrong: that the call returned before it was
 * woken, or too soon, or late, or with the wrong result. Whoever stops the process meanwhile
 * must not be seen in any of this, not even where the kernel lets it.
 * blocked list: the names.
 */
#include "debuggee.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#define WAIT_MS 1500ll /* of those that have a time-out */
#define LATE_MS 1000ll /* and how much later they may be: some start anew */
#define NS_A_MS 1000000ll

static const struct timespec duration = {WAIT_MS / 1000, WAIT_MS % 1000 * NS_A_MS};

static pthread_t waiter;
static volatile int woken;
static int ends[2], pair[2], word, fd = -1, semaphores = -1, queue = -1;
static pid_t child;
static char byte = 'x', folder[] = "/tmp/blocked-XXXXXX";
static aio_context_t aio;

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / NS_A_MS;
}

/* The time-out as a point in time. */
static struct timespec until(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	time.tv_sec += duration.tv_sec;
	time.tv_nsec += duration.tv_nsec;
	if (time.tv_nsec >= 1000 * NS_A_MS) {
		time.tv_nsec -= 1000 * NS_A_MS;
		time.tv_sec++;
	}
	return time;
}

/* Calls that return an error, as the others do. */
static long result(int error)
{
	errno = error;
	return error ? -1 : 0;
}

/* --- Time --- */

static long wait_nanosleep(void)
{
	return nanosleep(&duration, NULL);
}

static long wait_sleep_until(void)
{
	struct timespec time = until(CLOCK_MONOTONIC);

	return result(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL));
}

static long wait_timerfd(void)
{
	struct itimerspec once = {.it_value = duration};
	uint64_t times;

	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	CHECK(!timerfd_settime(fd, 0, &once, NULL));
	return read(fd, &times, sizeof times);
}

/* --- Futexes --- */

static long wait_futex(void)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void wake_futex(void)
{
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static long wait_futex_timed(void)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &duration, NULL, 0);
}

static long wait_futex_until(void)
{
	struct timespec time = until(CLOCK_MONOTONIC);

	return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, &time, NULL,
		FUTEX_BITSET_MATCH_ANY);
}

static sem_t semaphore;

static long wait_sem(void)
{
	return sem_wait(&semaphore);
}

static void wake_sem(void)
{
	sem_post(&semaphore);
}

static long wait_sem_timed(void)
{
	struct timespec time = until(CLOCK_REALTIME);

	return sem_timedwait(&semaphore, &time);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static long wait_cond(void)
{
	pthread_mutex_lock(&mutex);
	return result(pthread_cond_wait(&condition, &mutex));
}

static void wake_cond(void)
{
	pthread_mutex_lock(&mutex);
	pthread_cond_signal(&condition);
	pthread_mutex_unlock(&mutex);
}

/* A lock that lends its priority: held by a thread that ends when it gives it back. */
static pthread_mutex_t lender;

static void *hold_lender(void *held)
{
	pthread_mutex_lock(&lender);
	sem_post(held);
	sem_wait(&semaphore);
	pthread_mutex_unlock(&lender);
	return NULL;
}

static void prepare_lock_pi(void)
{
	pthread_mutexattr_t attributes;
	pthread_t thread;
	sem_t held;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	CHECK(!pthread_mutex_init(&lender, &attributes) && !sem_init(&held, 0, 0));
	CHECK(!pthread_create(&thread, NULL, hold_lender, &held));
	sem_wait(&held);
}

static long wait_lock_pi(void)
{
	return result(pthread_mutex_lock(&lender));
}

/* --- Descriptors --- */

static void wake_pipe(void)
{
	CHECK(write(ends[1], &byte, 1) == 1);
}

static long wait_poll(void)
{
	struct pollfd poll_pipe = {.fd = ends[0], .events = POLLIN};

	return poll(&poll_pipe, 1, -1);
}

static long wait_poll_timed(void)
{
	struct pollfd poll_pipe = {.fd = ends[0], .events = POLLIN};

	return poll(&poll_pipe, 1, WAIT_MS);
}

static long wait_ppoll(void)
{
	struct pollfd poll_pipe = {.fd = ends[0], .events = POLLIN};
	sigset_t none;

	sigemptyset(&none);
	return ppoll(&poll_pipe, 1, NULL, &none);
}

static long wait_ppoll_timed(void)
{
	struct pollfd poll_pipe = {.fd = ends[0], .events = POLLIN};

	return ppoll(&poll_pipe, 1, &duration, NULL);
}

static long wait_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	return select(ends[0] + 1, &set, NULL, NULL, NULL);
}

static long wait_select_timed(void)
{
	struct timeval time = {duration.tv_sec, duration.tv_nsec / 1000};

	return select(0, NULL, NULL, NULL, &time);
}

static long wait_pselect(void)
{
	sigset_t none;
	fd_set set;

	sigemptyset(&none);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	return pselect(ends[0] + 1, &set, NULL, NULL, NULL, &none);
}

static long epoll_for(int time)
{
	struct epoll_event event = {.events = EPOLLIN};

	fd = epoll_create1(0);
	CHECK(!epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &event));
	return epoll_wait(fd, &event, 1, time);
}

static long wait_epoll(void)
{
	return epoll_for(-1);
}

static long wait_epoll_timed(void)
{
	return epoll_for(WAIT_MS);
}

static long wait_epoll_pwait(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	sigset_t none;

	sigemptyset(&none);
	fd = epoll_create1(0);
	CHECK(!epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &event));
	return epoll_pwait(fd, &event, 1, -1, &none);
}

static long wait_read(void)
{
	return read(ends[0], &byte, 1);
}

static char space[64 * PAGE];

static void prepare_write(void)
{
	CHECK(fcntl(ends[1], F_SETPIPE_SZ, PAGE) == (int)PAGE);
	CHECK(write(ends[1], space, PAGE) == (ssize_t)PAGE);
}

static long wait_write(void)
{
	return write(ends[1], space, PAGE);
}

static void wake_write(void)
{
	CHECK(read(ends[0], space, PAGE) == (ssize_t)PAGE);
}

static long wait_recv(void)
{
	return recv(pair[0], &byte, 1, 0);
}

static void wake_recv(void)
{
	CHECK(send(pair[1], &byte, 1, 0) == 1);
}

/* A time-out of the socket's own: signal(7) says that it ends with EINTR after any stop. */
static long wait_recv_timed(void)
{
	struct timeval time = {duration.tv_sec, duration.tv_nsec / 1000};

	CHECK(!setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
	return recv(pair[0], &byte, 1, 0);
}

static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void prepare_accept(void)
{
	socklen_t length = sizeof address;

	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(!bind(fd, (struct sockaddr *)&address, sizeof address.sun_family));
	CHECK(!listen(fd, 1) && !getsockname(fd, (struct sockaddr *)&address, &length));
}

static long wait_accept(void)
{
	return accept(fd, NULL, NULL);
}

static void wake_accept(void)
{
	CHECK(!connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address,
		sizeof address.sun_family + 6)); /* a name that the kernel chose */
}

static void prepare_eventfd(void)
{
	fd = eventfd(0, 0);
}

static long wait_eventfd(void)
{
	uint64_t value;

	return read(fd, &value, sizeof value);
}

static void wake_eventfd(void)
{
	CHECK(!eventfd_write(fd, 1));
}

static void prepare_inotify(void)
{
	CHECK(mkdtemp(folder));
	fd = inotify_init();
	CHECK(inotify_add_watch(fd, folder, IN_DELETE_SELF) >= 0);
}

static long wait_inotify(void)
{
	return read(fd, space, sizeof space);
}

static void wake_inotify(void)
{
	CHECK(!rmdir(folder));
}

static void prepare_aio(void)
{
	struct iocb poll_pipe = {.aio_lio_opcode = IOCB_CMD_POLL, .aio_buf = POLLIN};
	struct iocb *list = &poll_pipe;

	poll_pipe.aio_fildes = (uint32_t)ends[0];
	CHECK(!syscall(SYS_io_setup, 1, &aio));
	CHECK(syscall(SYS_io_submit, aio, 1, &list) == 1);
}

static long wait_aio(void)
{
	struct io_event event;

	return syscall(SYS_io_getevents, aio, 1, 1, &event, NULL);
}

static long wait_aio_timed(void)
{
	struct io_event event;
	struct timespec time = duration;

	return syscall(SYS_io_getevents, aio, 1, 1, &event, &time);
}

static long wait_open(void)
{
	return open(folder, O_RDONLY);
}

static void prepare_open(void)
{
	CHECK(mkdtemp(folder) && !rmdir(folder) && !mkfifo(folder, 0600));
}

static void wake_open(void)
{
	CHECK(open(folder, O_WRONLY) >= 0 && !unlink(folder));
}

static void prepare_terminal(void)
{
	fd = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK(!grantpt(fd) && !unlockpt(fd));
}

static long wait_terminal(void)
{
	return read(open(ptsname(fd), O_RDONLY | O_NOCTTY), space, sizeof space);
}

static void wake_terminal(void)
{
	CHECK(write(fd, "x\n", 2) == 2);
}

/* --- Locks --- */

static void prepare_flock(void)
{
	int other = open(mkdtemp(folder), O_TMPFILE | O_RDWR, 0600);
	char path[32];

	CHECK(!rmdir(folder) && other >= 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", other);
	fd = open(path, O_RDWR);
	CHECK(fd >= 0 && !flock(other, LOCK_EX));
	ends[0] = other;
}

static long wait_flock(void)
{
	return flock(fd, LOCK_EX);
}

static void wake_flock(void)
{
	flock(ends[0], LOCK_UN);
}

static void prepare_file_lock(void)
{
	struct flock all = {.l_type = F_WRLCK};

	prepare_flock();
	CHECK(!fcntl(ends[0], F_OFD_SETLK, &all));
}

static long wait_file_lock(void)
{
	struct flock all = {.l_type = F_WRLCK};

	return fcntl(fd, F_OFD_SETLKW, &all);
}

static void wake_file_lock(void)
{
	struct flock all = {.l_type = F_UNLCK};

	CHECK(!fcntl(ends[0], F_OFD_SETLK, &all));
}

/* --- Signals: USR1 is blocked, unless a call says otherwise --- */

static void wake_signal(void)
{
	pthread_kill(waiter, SIGUSR1);
}

static long wait_sigsuspend(void)
{
	sigset_t none;

	sigemptyset(&none);
	return sigsuspend(&none);
}

static long wait_pause(void)
{
	sigset_t none;

	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	return pause();
}

static sigset_t only_usr1(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return set;
}

static long wait_sigwaitinfo(void)
{
	sigset_t set = only_usr1();

	return sigwaitinfo(&set, NULL);
}

static long wait_sigtimedwait(void)
{
	sigset_t set = only_usr1();

	return sigtimedwait(&set, NULL, &duration);
}

static long wait_signalfd(void)
{
	struct signalfd_siginfo info;
	sigset_t set = only_usr1();

	return read(signalfd(-1, &set, 0), &info, sizeof info);
}

/* --- System V and POSIX queues, which are gone when the process ends --- */

static void remove_queues(void)
{
	if (semaphores >= 0)
		semctl(semaphores, 0, IPC_RMID);
	if (queue >= 0)
		msgctl(queue, IPC_RMID, NULL);
}

static void prepare_semop(void)
{
	semaphores = semget(IPC_PRIVATE, 1, 0600);
	CHECK(semaphores >= 0);
}

static long wait_semop(void)
{
	struct sembuf take = {.sem_op = -1};

	return semop(semaphores, &take, 1);
}

static void wake_semop(void)
{
	struct sembuf give = {.sem_op = 1};

	CHECK(!semop(semaphores, &give, 1));
}

static long wait_semtimedop(void)
{
	struct sembuf take = {.sem_op = -1};

	return semtimedop(semaphores, &take, 1, &duration);
}

static struct {
	long type;
	char text[PAGE];
} message = {.type = 1};

static void prepare_msgrcv(void)
{
	queue = msgget(IPC_PRIVATE, 0600);
	CHECK(queue >= 0);
}

static long wait_msgrcv(void)
{
	return msgrcv(queue, &message, 1, 0, 0);
}

static void wake_msgrcv(void)
{
	CHECK(!msgsnd(queue, &message, 1, 0));
}

static void prepare_msgsnd(void)
{
	prepare_msgrcv();
	while (!msgsnd(queue, &message, PAGE, IPC_NOWAIT))
		continue;
}

static long wait_msgsnd(void)
{
	return msgsnd(queue, &message, PAGE, 0);
}

static void wake_msgsnd(void)
{
	CHECK(msgrcv(queue, &message, PAGE, 0, 0) == (ssize_t)PAGE);
}

static void prepare_mq(void)
{
	struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 1};
	char name[32];

	snprintf(name, sizeof name, "/blocked-%d", getpid());
	fd = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
	CHECK(fd >= 0 && !mq_unlink(name));
}

static long wait_mq(void)
{
	return mq_receive(fd, &byte, 1, NULL);
}

static void wake_mq(void)
{
	CHECK(!mq_send(fd, &byte, 1, 0));
}

/* --- Children --- */

static void prepare_child(void)
{
	child = fork();
	if (!child) {
		close(ends[1]); /* so that it ends with its parent, too */
		_exit(read(ends[0], &byte, 1) < 0);
	}
	CHECK(child > 0);
}

static long wait_waitpid(void)
{
	return waitpid(child, NULL, 0);
}

static long wait_waitid(void)
{
	return waitid(P_ALL, 0, NULL, WEXITED);
}

/* --- */

static NOINLINE int nothing(int value)
{
	return value;
}

/* The thread cannot even be stopped meanwhile, and the child works in its memory. */
static long wait_vfork(void)
{
	long long start = now_ms();
	int status;

	child = vfork();
	if (!child) {
		while (now_ms() - start <= WAIT_MS)
			nothing(1);
		_exit(7);
	}
	CHECK(waitpid(child, &status, 0) == child);
	return result(WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : ECHILD);
}

/* error: what the call is to fail with; no wake: it ends by its time-out. */
static const struct blocked {
	const char *name;
	void (*prepare)(void);
	long (*wait)(void);
	void (*wake)(void);
	int error;
} all[] = {
	{"nanosleep", NULL, wait_nanosleep, NULL, 0},
	{"sleep_until", NULL, wait_sleep_until, NULL, 0},
	{"timerfd", NULL, wait_timerfd, NULL, 0},
	{"futex", NULL, wait_futex, wake_futex, 0},
	{"futex_timed", NULL, wait_futex_timed, NULL, ETIMEDOUT},
	{"futex_until", NULL, wait_futex_until, NULL, ETIMEDOUT},
	{"sem_wait", NULL, wait_sem, wake_sem, 0},
	{"sem_timedwait", NULL, wait_sem_timed, NULL, ETIMEDOUT},
	{"cond_wait", NULL, wait_cond, wake_cond, 0},
	{"lock_pi", prepare_lock_pi, wait_lock_pi, wake_sem, 0},
	{"poll", NULL, wait_poll, wake_pipe, 0},
	{"poll_timed", NULL, wait_poll_timed, NULL, 0},
	{"ppoll", NULL, wait_ppoll, wake_pipe, 0},
	{"ppoll_timed", NULL, wait_ppoll_timed, NULL, 0},
	{"select", NULL, wait_select, wake_pipe, 0},
	{"select_timed", NULL, wait_select_timed, NULL, 0},
	{"pselect", NULL, wait_pselect, wake_pipe, 0},
	{"epoll", NULL, wait_epoll, wake_pipe, 0},
	{"epoll_timed", NULL, wait_epoll_timed, NULL, 0},
	{"epoll_pwait", NULL, wait_epoll_pwait, wake_pipe, 0},
	{"read", NULL, wait_read, wake_pipe, 0},
	{"write", prepare_write, wait_write, wake_write, 0},
	{"recv", NULL, wait_recv, wake_recv, 0},
	{"recv_timed", NULL, wait_recv_timed, NULL, EAGAIN},
	{"accept", prepare_accept, wait_accept, wake_accept, 0},
	{"eventfd", prepare_eventfd, wait_eventfd, wake_eventfd, 0},
	{"inotify", prepare_inotify, wait_inotify, wake_inotify, 0},
	{"io_getevents", prepare_aio, wait_aio, wake_pipe, 0},
	{"io_getevents_timed", prepare_aio, wait_aio_timed, NULL, 0},
	{"open", prepare_open, wait_open, wake_open, 0},
	{"terminal", prepare_terminal, wait_terminal, wake_terminal, 0},
	{"flock", prepare_flock, wait_flock, wake_flock, 0},
	{"file_lock", prepare_file_lock, wait_file_lock, wake_file_lock, 0},
	{"sigsuspend", NULL, wait_sigsuspend, wake_signal, EINTR},
	{"pause", NULL, wait_pause, wake_signal, EINTR},
	{"sigwaitinfo", NULL, wait_sigwaitinfo, wake_signal, 0},
	{"sigtimedwait", NULL, wait_sigtimedwait, NULL, EAGAIN},
	{"signalfd", NULL, wait_signalfd, wake_signal, 0},
	{"semop", prepare_semop, wait_semop, wake_semop, 0},
	{"semtimedop", prepare_semop, wait_semtimedop, NULL, EAGAIN},
	{"msgrcv", prepare_msgrcv, wait_msgrcv, wake_msgrcv, 0},
	{"msgsnd", prepare_msgsnd, wait_msgsnd, wake_msgsnd, 0},
	{"mq_receive", prepare_mq, wait_mq, wake_mq, 0},
	{"waitpid", prepare_child, wait_waitpid, wake_pipe, 0},
	{"waitid", prepare_child, wait_waitid, wake_pipe, 0},
	{"vfork", NULL, wait_vfork, NULL, 0},
};

static void on_signal(int signal)
{
	(void)signal;
}

static void *wake_when_told(void *blocked)
{
	char told;

	if (read(0, &told, 1) < 0)
		printf("the thread that wakes: read: %s\n", strerror(errno));
	woken = 1;
	((const struct blocked *)blocked)->wake();
	return NULL;
}

static int judge(const struct blocked *blocked, long got, int error, long long took)
{
	const char *wrong = NULL;

	if (got < 0 ? error != blocked->error : blocked->error)
		wrong = "not the result that it should have";
	else if (blocked->wake && !woken)
		wrong = "before it was woken";
	else if (!blocked->wake && took < WAIT_MS)
		wrong = "too soon";
	else if (!blocked->wake && took > WAIT_MS + LATE_MS)
		wrong = "too late";
	if (wrong)
		printf("%s: returned %ld (%s) after %lld ms: %s\n", blocked->name, got,
			got < 0 ? strerror(error) : "no error", took, wrong);
	else
		printf("%s: as it should be\n", blocked->name);
	return wrong != NULL;
}

static int block(const struct blocked *blocked)
{
	sigset_t usr1 = only_usr1();
	struct sigaction action = {.sa_handler = on_signal};
	pthread_t thread;
	long long start;
	long got;
	int error;

	CHECK(!pipe(ends) && !socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	CHECK(!sem_init(&semaphore, 0, 0) && !sigaction(SIGUSR1, &action, NULL));
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	waiter = pthread_self();
	if (blocked->prepare)
		blocked->prepare();
	atexit(remove_queues);
	if (blocked->wake)
		CHECK(!pthread_create(&thread, NULL, wake_when_told, (void *)blocked));
	printf("ready\n");
	fflush(stdout);
	start = now_ms();
	got = blocked->wait();
	error = errno;
	return judge(blocked, got, error, now_ms() - start);
}

int main(int argc, char **argv)
{
	const size_t count = sizeof all / sizeof *all;
	const char *name = argc > 1 ? argv[1] : "list";

	for (size_t i = 0; i < count; i++)
		if (!strcmp(name, "list"))
			puts(all[i].name);
		else if (!strcmp(name, all[i].name))
			return block(&all[i]);
	return strcmp(name, "list") != 0;
}
