/* Going first: as the least of real-time threads, which the kernel stops when they take all. */
#include "target/eager.h"

#include <sys/resource.h>

#define NICENESS (-15)

void eager_begin(struct eager *before)
{
	const struct sched_param least = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};

	before->policy = sched_getscheduler(0);
	before->niceness = getpriority(PRIO_PROCESS, 0);
	sched_getparam(0, &before->parameters);
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &least))
		setpriority(PRIO_PROCESS, 0, NICENESS);
}

void eager_end(const struct eager *before)
{
	if (before->policy >= 0)
		sched_setscheduler(0, before->policy, &before->parameters);
	setpriority(PRIO_PROCESS, 0, before->niceness);
}
