/*
 * The target's memory, by address. Any of its processes that shares it may run meanwhile;
 * writing code needs a traced process.
 */
#ifndef PTMEM_TARGET_MEMORY_H
#define PTMEM_TARGET_MEMORY_H

#include "base/address.h"
#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

struct target_memory {
	pid_t pid;
	int fd; /* of /proc/PID/mem; -1 when closed */
};

struct ptmem_error *target_memory_open(pid_t pid, struct target_memory *memory);
void target_memory_close(struct target_memory *memory);

/* All `size` bytes, or an error with the address: never a part. */
struct ptmem_error *target_read(
	const struct target_memory *memory, struct target_address at, void *bytes, size_t size);

/* As many as are readable from there, at most `size`; 0 where none is. */
size_t target_read_some(
	const struct target_memory *memory, struct target_address at, void *bytes, size_t size);

/* The same for writing; write-protected pages are written all the same. */
struct ptmem_error *target_write(const struct target_memory *memory, struct target_address at,
	const void *bytes, size_t size);

#endif
