/* A recording's file, written: its beginning, and records, each whole. */
#ifndef PTMEM_PROFILE_RECORD_FILE_H
#define PTMEM_PROFILE_RECORD_FILE_H

#include "base/error.h"
#include "profile/recording.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record {
	enum record_type type;
	uint16_t process;
	const uint8_t *bytes; /* not packed */
	size_t size;
};

/*
 * A new file, readable by its owner alone, with a header in it. One of ptmem's that is there
 * is kept as PATH.old; anything else is left alone, unless `force` is given.
 */
struct ptmem_error *record_file_create(const char *path, bool force, int *fd);

/* Packed where that is shorter. The errno of what failed, or 0. */
int record_write(int fd, const struct record *record);

#endif
