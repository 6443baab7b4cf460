/* Readings of a process's memory. */
#include "target/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer than any of the files is. */
#define FILE_MAX 4096

static struct ptmem_error *memory_file_open(pid_t tid, const char *name, int *fd)
{
	char path[48];
	int opened;

	snprintf(path, sizeof path, "/proc/%d/%s", tid, name);
	opened = open(path, O_RDONLY | O_CLOEXEC);
	if (opened < 0)
		return error_proc(errno, path);
	*fd = opened;
	return NULL;
}

/* Which file has the metric. */
static const char *memory_file_name(enum metric metric)
{
	switch (metric) {
	case METRIC_RSS:
	case METRIC_ANON:
		return "statm";
	case METRIC_PSS:
	case METRIC_USS:
		return "smaps_rollup";
	case METRIC_FILE:
	case METRIC_SHMEM:
	case METRIC_SWAP:
	case METRIC_ALL:
		break;
	}
	return "status";
}

struct ptmem_error *memory_source_open(pid_t tid, enum metric metric, struct memory_source *source)
{
	int fd = -1;
	struct ptmem_error *error = memory_file_open(tid, memory_file_name(metric), &fd);

	if (error)
		return error;
	*source = (struct memory_source){.metric = metric, .fd = fd};
	return NULL;
}

void memory_source_close(struct memory_source *source)
{
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
}

/* 1066 210 181 5 0 99 0: size, resident, shared, ... in pages. A zombie's are all 0. */
static bool parse_statm(const char *text, enum metric metric, int64_t *bytes, int64_t *resident)
{
	long page = sysconf(_SC_PAGESIZE);
	char *end;
	int64_t shared;

	strtoll(text, &end, 10);
	*resident = strtoll(end, &end, 10) * page;
	shared = strtoll(end, &end, 10) * page;
	*bytes = metric == METRIC_ANON ? *resident - shared : *resident;
	return *resident > 0;
}

/* VmRSS:	     840 kB */
static bool parse_kb(const char *text, const char *name, int64_t *bytes)
{
	size_t length = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, length) && line[length] == ':') {
			*bytes = strtoll(line + length + 1, NULL, 10) * 1024;
			return true;
		}
	}
	return false;
}

static bool parse_column(const char *text, enum metric metric, int64_t *bytes)
{
	int64_t clean, dirty;

	switch (metric) {
	case METRIC_RSS:
		return parse_kb(text, "VmRSS", bytes);
	case METRIC_ANON:
		return parse_kb(text, "RssAnon", bytes);
	case METRIC_FILE:
		return parse_kb(text, "RssFile", bytes);
	case METRIC_SHMEM:
		return parse_kb(text, "RssShmem", bytes);
	case METRIC_SWAP:
		return parse_kb(text, "VmSwap", bytes);
	case METRIC_PSS:
		return parse_kb(text, "Pss", bytes);
	case METRIC_USS:
		if (!parse_kb(text, "Private_Clean", &clean) ||
			!parse_kb(text, "Private_Dirty", &dirty))
			return false;
		*bytes = clean + dirty;
		return true;
	case METRIC_ALL:
		break;
	}
	return false;
}

static bool parse_reading(
	const char *text, enum metric metric, struct amounts *reading, int64_t *resident)
{
	if (metric == METRIC_RSS || metric == METRIC_ANON)
		return parse_statm(text, metric, &reading->bytes[0], resident);
	for (unsigned i = 0; i < metric_columns(metric); i++)
		if (!parse_column(text, metric_of_column(metric, i), &reading->bytes[i]))
			return false;
	*resident = metric_of_column(metric, 0) == METRIC_RSS ? reading->bytes[0] : 0;
	return true;
}

struct ptmem_error *memory_source_read(struct memory_source *source, struct amounts *reading)
{
	char text[FILE_MAX];
	ssize_t length = pread(source->fd, text, sizeof text - 1, 0);
	struct amounts parsed;

	if (length <= 0)
		return &error_gone;
	text[length] = '\0';
	if (!parse_reading(text, source->metric, &parsed, &source->resident))
		return &error_gone;
	*reading = parsed;
	return NULL;
}

struct ptmem_error *memory_peak(pid_t tid, int64_t *peak)
{
	char text[FILE_MAX];
	ssize_t length;
	int fd = -1;
	struct ptmem_error *error = memory_file_open(tid, "status", &fd);

	if (error)
		return error;
	length = read(fd, text, sizeof text - 1);
	close(fd);
	if (length <= 0)
		return &error_gone;
	text[length] = '\0';
	return parse_kb(text, "VmHWM", peak) ? NULL : &error_gone;
}
