/*
 * The files that are loaded into a target: what /proc/PID/maps says of executable mappings, the
 * mappings of one file put together. The dynamic linker's own list says less: it has what was
 * loaded through it, by the names that it was asked for, and lies in memory that is the target's.
 */
#ifndef PTMEM_TARGET_MAPPED_H
#define PTMEM_TARGET_MAPPED_H

#include "base/error.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mapped_file {
	uint64_t start, end; /* of all its mappings */
	uint64_t code,
		code_offset; /* where its first executable mapping is, here and in the file */
	uint64_t code_end;
	dev_t device;
	ino_t inode;  /* 0: no file, but the kernel's own code: the vdso */
	char *path;   /* as the target has it; owned */
	bool deleted; /* that path leads to it no more */
};

/* Zeroed is empty. In ascending order of start. */
struct mapped_files VEC(struct mapped_file);

/* Replaces what was read before. */
struct ptmem_error *mapped_files_read(pid_t pid, struct mapped_files *files);
void mapped_files_deinit(struct mapped_files *files);

#endif
