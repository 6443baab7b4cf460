/* Every page fault of a thread as a stop of it. */
#include "target/fault_event.h"

#include <errno.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_event(pid_t tid, bool kernel, int group)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof attributes,
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.sample_period = 1,
		.exclude_kernel = !kernel,
		.exclude_hv = 1,
		.remove_on_exec = 1, /* demanded by sigtrap */
		.sigtrap = 1,
		.sig_data = FAULT_EVENT_DATA,
	};

	return (int)syscall(SYS_perf_event_open, &attributes, tid, -1, group, PERF_FLAG_FD_CLOEXEC);
}

/* What an ordinary user lacks, the kernel says by EACCES, or EPERM. */
static struct ptmem_error *open_problem(pid_t tid, int errnum)
{
	switch (errnum) {
	case ESRCH:
		return &error_gone;
	case EACCES:
	case EPERM:
	case ENOSYS:
		return error_new(ERROR_SYSTEM,
			"page faults cannot be watched here: see "
			"/proc/sys/kernel/perf_event_paranoid (2 or less) or, in a container, "
			"allow perf_event_open; or use --engine breakpoints");
	case E2BIG:
	case EINVAL:
		return error_new(ERROR_SYSTEM,
			"page faults cannot be stops before Linux 5.13: use --engine breakpoints");
	default:
		return error_errno(errnum, "watching page faults of thread %d", tid);
	}
}

/* What the kernel knows and allows it says before it looks for the group that an event is to
 * join, of which there is none: no event is made, which could take long (event_switch.h). */
struct ptmem_error *fault_event_try(void)
{
	open_event(0, false, INT_MAX);
	return errno == EBADF ? NULL : open_problem(getpid(), errno);
}

struct ptmem_error *fault_event_open(pid_t tid, bool kernel, struct fault_event *event)
{
	int fd = open_event(tid, kernel, -1);

	if (fd < 0 && kernel && (errno == EACCES || errno == EPERM)) {
		kernel = false;
		fd = open_event(tid, kernel, -1);
	}
	if (fd < 0)
		return open_problem(tid, errno);
	event->fd = fd;
	event->kernel = kernel;
	return NULL;
}

void fault_event_close(struct fault_event *event)
{
	if (event->fd >= 0)
		close(event->fd);
	event->fd = -1;
}
