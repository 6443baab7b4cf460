/* Events of a task, switched on in the kernel ahead of time. */
#include "target/event_switch.h"

#include "base/thread.h"

#include <sys/syscall.h>
#include <unistd.h>

struct perf_event_attr event_of_nothing(void)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(struct perf_event_attr),
		.config = PERF_COUNT_SW_DUMMY,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
}

static void *open_dummy(void *arg)
{
	struct event_switch *ahead = arg;
	struct perf_event_attr attributes = event_of_nothing();

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
