/* Processes by what they are called. */
#include "target/named.h"

#include "target/reading.h"
#include "target/status.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a command line, which may be megabytes; and how many processes are listed. */
#define COMMAND_MAX 4096
#define LISTED_MAX 10

void process_command(pid_t pid, struct strbuf *command)
{
	char path[32], text[COMMAND_MAX];
	size_t length;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	length = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[length] = '\0';
	if (length)
		strbuf_add_bytes(command, text, text[length - 1] ? length + 1 : length);
}

static bool has_name(pid_t pid, const char *name)
{
	struct strbuf command = {0};
	struct task_status status;
	const char *base;
	bool found = task_status_read(pid, &status) && !strcmp(status.name, name);

	process_command(pid, &command);
	if (command.text) {
		base = strrchr(command.text, '/');
		found |= !strcmp(base ? base + 1 : command.text, name);
	}
	strbuf_deinit(&command);
	return found;
}

static struct ptmem_error *problem_of_name(const char *name, size_t count, struct strbuf *pids)
{
	struct ptmem_error *error;

	if (!count)
		return error_new(ERROR_USAGE, "no process is called '%s': see ps", name);
	error = error_new(ERROR_USAGE, "%zu processes are called '%s': give one of %s%s", count,
		name, pids->text ? pids->text : "?", count > LISTED_MAX ? ", ..." : "");
	return error;
}

struct ptmem_error *process_find_named(const char *name, pid_t *pid)
{
	DIR *folder = opendir("/proc");
	struct strbuf pids = {0};
	struct ptmem_error *error = NULL;
	const struct dirent *entry;
	size_t count = 0;
	pid_t found = 0;

	if (!folder)
		return error_errno(errno, "reading /proc");
	while ((entry = readdir(folder))) {
		pid_t candidate = (pid_t)strtol(entry->d_name, NULL, 10);

		if (candidate <= 0 || candidate == getpid() || !has_name(candidate, name))
			continue;
		found = candidate;
		if (count++ < LISTED_MAX)
			strbuf_addf(&pids, "%s%d", count > 1 ? ", " : "", candidate);
	}
	closedir(folder);
	if (count == 1)
		*pid = found;
	else
		error = problem_of_name(name, count, &pids);
	strbuf_deinit(&pids);
	return error;
}

static struct ptmem_error *problem_of_number(pid_t pid, const char *why)
{
	return error_new(ERROR_SYSTEM, "attaching to process %d: %s", pid, why);
}

struct ptmem_error *process_find_numbered(pid_t pid, pid_t *process)
{
	struct task_status status;
	struct ptmem_error *error;
	int64_t peak;

	if (!task_status_read(pid, &status))
		return problem_of_number(pid, "there is no such process");
	if (status.process == getpid())
		return problem_of_number(pid, "it is ptmem itself");
	if (status.state == 'Z' && status.process == pid)
		return problem_of_number(pid, "it has ended");
	error = memory_peak(pid, &peak);
	if (error) {
		error_free(error);
		return problem_of_number(pid, "it has no memory: it ends, or is a kernel thread");
	}
	*process = status.process;
	return NULL;
}
