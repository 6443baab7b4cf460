/* A debuggee that stands still, for tests to unwind: `unwinds` in one of its modes. */
#ifndef PTMEM_TEST_UNIT_SUBJECT_H
#define PTMEM_TEST_UNIT_SUBJECT_H

#include "target/memory.h"
#include "unwind/unwind.h"

#include "../debuggee/unwinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* And what it takes to unwind it. */
struct subject {
	pid_t pid;
	struct unwinds_ranges ranges;
	struct target_memory memory;
	struct unwinder *unwinder;
	struct unwound frames;
	bool complete;
};

/* Of one of the programs that were built for tests. */
void debuggee_path(const char *name, char *path, size_t size);

/* It runs this program, which tells where its functions are. */
void subject_start_program(
	struct subject *subject, const char *path, const char *mode, const char *number);

/* Once its first thread waits, or, if it never does, anywhere. */
void subject_stop(struct subject *subject, bool asleep);

/* Both, by name. */
void subject_start(struct subject *subject, const char *name, const char *mode, const char *number);
void subject_finish(struct subject *subject);

void subject_wait_until_asleep(pid_t tid);
void subject_stop_thread(pid_t tid);

/* By libunwind, into its frames. */
void subject_unwind_registers(struct subject *subject, const struct registers *registers);
void subject_unwind_task(struct subject *subject, pid_t tid);
void subject_unwind(struct subject *subject);

#endif
