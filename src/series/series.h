/*
 * Memory over time, and the files that it is kept in: those of Python's mprof, a line of
 * text for each thing that was seen, so that either tool reads what the other wrote.
 *
 *     CMDLINE ./server --port 80
 *     MEM 12.503906 1700000000.1234            MiB and seconds since 1970
 *     CHLD 4711 3.250000 1700000000.1234       the same of a child
 *     FUNC load 12.5039 1700000000.1 14.5 1700000000.9 1
 *     PEAK 15.500000                           the highest there was, between samples as well
 *
 * PEAK is ours; mprof passes over words that it does not know, as the reader here does.
 */
#ifndef PTMEM_SERIES_SERIES_H
#define PTMEM_SERIES_SERIES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct series_sample {
	double memory; /* MiB */
	double time;   /* seconds since 1970 */
};

/* Samples of one process, in the order of time. */
struct series_curve {
	pid_t pid; /* 0: the program itself, or all of its processes together */
	struct series_sample *samples;
	size_t count, room;
};

/* One call of a function: where it was entered and where it left. */
struct series_call {
	char *name;
	struct series_sample entry, exit;
	unsigned level; /* 0 or 1 is the outermost */
};

struct series {
	char *command; /* NULL where the file does not say */
	struct series_curve whole;
	struct series_curve *children; /* in the order of their first samples */
	size_t child_count, child_room;
	struct series_call *calls; /* in the order of the file */
	size_t call_count, call_room;
	bool has_peak;
	double peak; /* MiB */
};

/*
 * Reads such a file. A line that has one of these words and cannot be read is an error that
 * names the line, except for the last one where it has no end: the writer was killed. A file
 * with no sample at all is an error as well. *series is written on success only.
 */
struct ptmem_error *series_read(const char *path, struct series *series);
void series_deinit(struct series *series);

/* The highest of the file: what PEAK says, or else the highest sample. */
double series_peak(const struct series *series);

#endif
