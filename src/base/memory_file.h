/*
 * A file in memory, for what can only be read as a file. A limit on the size of files
 * (ulimit -f) is one on these as well: an error of the write here, and no signal.
 */
#ifndef PTMEM_BASE_MEMORY_FILE_H
#define PTMEM_BASE_MEMORY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* To be closed; -1 where there are not the means. */
int memory_file_create(const char *name);

/* All of it at this offset, or false. */
bool memory_file_write(int fd, const void *bytes, size_t size, uint64_t offset);

#endif
