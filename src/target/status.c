/* /proc/PID/status. */
#include "target/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool task_status_read(pid_t tid, struct task_status *status)
{
	char path[32], line[256];
	uint64_t shared = 0;
	unsigned mode = 0;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/status", tid);
	file = fopen(path, "re");
	*status = (struct task_status){0};
	if (!file)
		return false;
	while (fgets(line, sizeof line, file)) {
		sscanf(line, "Name:\t%15[^\n]", status->name);
		sscanf(line, "State:\t%c", &status->state);
		sscanf(line, "Tgid:\t%d", &status->process);
		sscanf(line, "PPid:\t%d", &status->parent);
		sscanf(line, "TracerPid:\t%d", &status->tracer);
		sscanf(line, "Uid:\t%*u\t%u", &status->user);
		sscanf(line, "Seccomp:\t%u", &mode);
		sscanf(line, "Seccomp_filters:\t%u", &status->filters);
		sscanf(line, "CapEff:\t%" SCNx64, &status->capable);
		if (!strncmp(line, "NSpid:", 6) && strrchr(line, '\t'))
			status->number = atoi(strrchr(line, '\t'));
		sscanf(line, "SigIgn:\t%" SCNx64, &status->ignored);
		sscanf(line, "SigCgt:\t%" SCNx64, &status->caught);
		sscanf(line, "SigPnd:\t%" SCNx64, &status->pending);
		sscanf(line, "ShdPnd:\t%" SCNx64, &shared);
		sscanf(line, "SigBlk:\t%" SCNx64, &status->blocked);
	}
	fclose(file);
	errno = ESRCH;
	status->pending |= shared;
	if (mode && !status->filters)
		status->filters = 1;
	return status->process > 0;
}
