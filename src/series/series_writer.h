/*
 * Writes memory over time, as series.h has it. What was written is in the file a second later
 * at most, as long as there is more to write: a writer that is killed loses no more than that.
 *
 * Amounts are MiB, times seconds since 1970. After the first error nothing more is written, and
 * that error is answered once: by series_writer_end() at the latest.
 */
#ifndef PTMEM_SERIES_SERIES_WRITER_H
#define PTMEM_SERIES_SERIES_WRITER_H

#include "base/error.h"
#include "base/strbuf.h"
#include "series/series.h"

#include <stdint.h>
#include <sys/types.h>

struct series_writer {
	const char *name;   /* of the file, for errors; the caller's */
	int fd;             /* the caller's, who opens and closes it */
	struct strbuf text; /* not yet in the file */
	uint64_t flushed;   /* when that was last put there, in ns */
	bool broken;        /* an error was answered */
};

void series_writer_init(struct series_writer *writer, int fd, const char *name);

/* The command line, its words with blanks between. */
struct ptmem_error *series_write_command(struct series_writer *writer, char *const *argv);

/* Of a child; or of the whole, where pid is 0. */
struct ptmem_error *series_write_sample(
	struct series_writer *writer, pid_t pid, const struct series_sample *sample);

/* Blanks in the name become `_`: the words of a line are told apart by them. */
struct ptmem_error *series_write_call(struct series_writer *writer, const struct series_call *call);

struct ptmem_error *series_write_peak(struct series_writer *writer, double peak);

/* Puts all of it into the file. */
struct ptmem_error *series_writer_end(struct series_writer *writer);

#endif
