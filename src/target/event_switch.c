/* Events of a task, switched on in the kernel ahead of time. */
#include "target/event_switch.h"

#include "base/thread.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *open_dummy(void *arg)
{
	struct event_switch *ahead = arg;
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof attributes,
		.config = PERF_COUNT_SW_DUMMY,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	ahead->fd = (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	return NULL;
}

void event_switch_begin(struct event_switch *ahead)
{
	ahead->fd = -1;
	ahead->begun = !thread_begin(&ahead->thread, open_dummy, ahead);
}

void event_switch_end(struct event_switch *ahead)
{
	if (!ahead->begun)
		return;
	pthread_join(ahead->thread, NULL);
	if (ahead->fd >= 0)
		close(ahead->fd);
	ahead->begun = false;
}
