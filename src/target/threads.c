/* Which threads a process has: /proc/PID/task. */
#include "target/threads.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct ptmem_error *threads_read(pid_t pid, struct threads *threads)
{
	struct ptmem_error *error = NULL;
	const struct dirent *entry;
	char path[32];
	DIR *folder;

	threads->count = 0;
	snprintf(path, sizeof path, "/proc/%d/task", pid);
	folder = opendir(path);
	if (!folder)
		return error_proc(errno, path);
	while (!error && (entry = readdir(folder))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10), *new;

		if (tid <= 0)
			continue;
		new = vec_append(threads);
		if (new)
			*new = tid;
		else
			error = &error_no_memory;
	}
	closedir(folder);
	return error;
}
