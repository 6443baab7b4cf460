/* How many page faults each thread has taken. */
#include "target/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer than the part that counts: a name of 64 bytes at most and twelve numbers. */
#define STAT_MAX 512

struct ptmem_error *fault_counter_open(pid_t process, pid_t tid, struct fault_counter *counter)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", process, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_proc(errno, path);
	counter->fd = fd;
	return NULL;
}

void fault_counter_close(struct fault_counter *counter)
{
	if (counter->fd >= 0)
		close(counter->fd);
	counter->fd = -1;
}

/* The field so many spaces further on, or NULL. */
static const char *skip_fields(const char *text, int count)
{
	while (text && count--) {
		text = strchr(text, ' ');
		text += text != NULL;
	}
	return text;
}

/*
 * 4123 (name) S 1 4123 4123 0 -1 4194304 87 0 2 0 ...: the numbers behind the name and the
 * state are ppid, pgrp, session, tty_nr, tpgid, flags, minflt, cminflt, majflt (proc(5)). A
 * name may hold anything, so it ends at the last parenthesis. This runs at every stop:
 * sscanf would take half as long again as the kernel.
 */
static bool parse_faults(const char *text, uint64_t *faults)
{
	const char *minor = skip_fields(strrchr(text, ')'), 8), *major = skip_fields(minor, 2);

	if (!major)
		return false;
	*faults = strtoull(minor, NULL, 10) + strtoull(major, NULL, 10);
	return true;
}

struct ptmem_error *fault_counter_read(const struct fault_counter *counter, uint64_t *faults)
{
	char text[STAT_MAX];
	ssize_t length = pread(counter->fd, text, sizeof text - 1, 0);

	if (length <= 0)
		return &error_gone;
	text[length] = '\0';
	return parse_faults(text, faults) ? NULL : &error_gone;
}
