/* A recording's file, read: its records one after the other, each checked and unpacked. */
#ifndef PTMEM_PROFILE_READER_H
#define PTMEM_PROFILE_READER_H

#include "base/error.h"
#include "profile/record_file.h"

#include <stdbool.h>
#include <stdint.h>

struct reader {
	int fd;
	uint64_t offset;       /* behind what was good */
	uint8_t *stored, *raw; /* of RECORD_SIZE_MAX bytes each */
};

/*
 * A file, and behind its header. ERROR_FORMAT where it is no recording of a version that
 * this reads. reader_close() is due on success only.
 */
struct ptmem_error *reader_open(const char *path, struct reader *reader);
void reader_close(struct reader *reader);

/* Back behind the header. */
void reader_rewind(struct reader *reader);

/*
 * The next record, good until the one after; what is wrong with it, or NULL. At the end of
 * the file *over is set, and there is no record.
 */
const char *reader_next(struct reader *reader, struct record *record, bool *over);

#endif
