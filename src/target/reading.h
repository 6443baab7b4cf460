/*
 * Readings of a process's memory, from /proc files that stay open: the cheapest file that
 * has the metric. statm counts in pages what status prints in kB, so rss and anon come
 * from there; its third figure is file and shmem together, so each of these alone comes
 * from status.
 */
#ifndef PTMEM_TARGET_READING_H
#define PTMEM_TARGET_READING_H

#include "base/amounts.h"
#include "base/error.h"
#include "base/metric.h"

#include <stdint.h>
#include <sys/types.h>

struct memory_source {
	enum metric metric;
	int fd;           /* -1 when closed */
	int64_t resident; /* bytes that were, when it was read; 0 where the file does not tell */
};

/* Any thread of the process will do that still has its memory. */
struct ptmem_error *memory_source_open(pid_t tid, enum metric metric, struct memory_source *source);
void memory_source_close(struct memory_source *source);

/* ERROR_GONE where the thread has let its memory go: open the source of another. */
struct ptmem_error *memory_source_read(struct memory_source *source, struct amounts *reading);

/* The highest resident memory so far (VmHWM), in bytes. */
struct ptmem_error *memory_peak(pid_t tid, int64_t *peak);

#endif
