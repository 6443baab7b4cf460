/*
 * discard BYTES COMMAND [ARG...]: runs it with all its page faults sampled, each with registers and
 * so many bytes of the stack, and throws the samples away. What the kernel takes for that is what
 * no profiler that samples faults can be faster than.
 */
#include <err.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RING ((size_t)8 << 20)
#define WAKE_AT 2
#define LOOK_MS 4 /* a ring that wakes us costs the program more */
#define CPUS_MAX 1024

/* rax, rbx, rdi, rbp, rsp, rip */
#define REGISTERS 0x1e3

static struct pollfd polled[CPUS_MAX + 1];
static struct perf_event_mmap_page *rings[CPUS_MAX];
static size_t count;

static void sample(pid_t pid, int cpu, uint32_t bytes)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof attr,
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR |
			       PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
		.inherit = 1,
		.exclude_hv = 1,
		.watermark = 1,
		.wakeup_watermark = RING / WAKE_AT,
		.sample_regs_user = REGISTERS,
		.sample_stack_user = bytes,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0 && errno == ENODEV)
		return;
	if (fd < 0)
		err(1, "perf_event_open");
	rings[count] =
		mmap(NULL, (size_t)getpagesize() + RING, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (rings[count] == MAP_FAILED)
		err(1, "mapping a ring");
	polled[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void discard(void)
{
	for (size_t i = 0; i < count; i++)
		__atomic_store_n(&rings[i]->data_tail,
			__atomic_load_n(&rings[i]->data_head, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
}

/* Runs the command when the pipe is closed. */
static pid_t begin(char **command, int wait[2])
{
	pid_t pid;
	char none;

	if (pipe(wait) || (pid = fork()) < 0)
		err(1, "starting");
	if (pid)
		return pid;
	close(wait[1]);
	if (read(wait[0], &none, 1))
		err(1, "waiting");
	close(wait[0]);
	execv(command[0], command);
	err(127, "%s", command[0]);
}

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	int wait[2], status;
	pid_t pid;

	if (argc < 3 || cpus > CPUS_MAX)
		errx(2, "usage: discard BYTES COMMAND [ARG...]");
	pid = begin(argv + 2, wait);
	for (int cpu = 0; cpu < cpus; cpu++)
		sample(pid, cpu, (uint32_t)atoi(argv[1]));
	polled[count] =
		(struct pollfd){.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
	close(wait[0]);
	close(wait[1]);
	while (!polled[count].revents) {
		if (poll(polled, (nfds_t)count + 1, LOOK_MS) < 0)
			err(1, "poll");
		discard();
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waiting for the program");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
