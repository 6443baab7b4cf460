/*
 * The traced process: its memory, the readings of it, what is planted in it and what is
 * watched. A new program in it (exec) begins afresh, but for the profile's locations.
 */
#ifndef PTMEM_ENGINE_PROCESS_H
#define PTMEM_ENGINE_PROCESS_H

#include "base/error.h"
#include "engine/calls.h"
#include "engine/image.h"
#include "engine/watch.h"
#include "profile/profile.h"
#include "target/breakpoint.h"
#include "target/memory.h"
#include "target/reading.h"

#include <stdbool.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	struct profile *profile;
	struct target_memory memory;
	struct memory_source source;
	struct breakpoints breakpoints;
	struct calls calls;
	uint32_t begin; /* the breakpoint where start-up ends: main, or the file's entry */
	bool begun;     /* it was reached */
};

void process_init(struct process *process, struct profile *profile, uint64_t max_hits);
void process_deinit(struct process *process);

/*
 * The process, stopped, has just become another program: forgets the one before, and opens
 * the memory of the new one.
 */
struct ptmem_error *process_open(struct process *process);

/*
 * Plants what is watched in the new program; *count is how many functions that are. On
 * failure nothing stays planted.
 */
struct ptmem_error *process_plant(struct process *process, const struct image *image,
	const struct watch_patterns *patterns, size_t *count);

/*
 * A reading of the memory. The thread is one that still has it: where the one that was read
 * through is gone, it is read through this one.
 */
struct ptmem_error *process_read(struct process *process, pid_t tid, struct amounts *reading);

#endif
