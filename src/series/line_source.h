/* A text file's lines, one after the other, by big reads: what comes may be a pipe, and a file that
 * is cut while it is read is no crash, as it would be of a mapping. */
#ifndef PTMEM_SERIES_LINE_SOURCE_H
#define PTMEM_SERIES_LINE_SOURCE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct line_source {
	const char *path; /* of the caller */
	int fd;
	char *buffer;
	size_t room, start,
		filled; /* what is between start and filled was read and not yet given */
	bool over;      /* of the file */
};

/* A file, or a pipe; line_source_close() is due on success only. */
struct ptmem_error *line_source_open(const char *path, struct line_source *source);
void line_source_close(struct line_source *source);

/*
 * The next line, good until the one after; NULL at the end. *end is at its newline, or behind the
 * last one at a newline that the file does not have; then *whole is false. ERROR_FORMAT where a
 * line does not end for long.
 */
struct ptmem_error *line_source_next(
	struct line_source *source, const char **line, const char **end, bool *whole);

#endif
