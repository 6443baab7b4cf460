/*
 * What is on a thread's stack: the calls under way when ptmem meets a thread that has long
 * been running.
 *
 * The thread must be in a ptrace stop. Its stack is copied and unwound from the copy, by the
 * tables (.eh_frame) that are in the target's memory; no file is opened. Code without tables
 * (made at run time, or by a compiler that was told to leave them out) is followed by its
 * frame pointers. Nothing in the target is written. Reading tables may make pages of its
 * files resident, as if it had thrown an exception: unwind before the first reading.
 */
#ifndef PTMEM_UNWIND_UNWIND_H
#define PTMEM_UNWIND_UNWIND_H

#include "arch/arch.h"
#include "base/error.h"
#include "base/vec.h"
#include "target/memory.h"

#include <stdbool.h>
#include <sys/types.h>

/* Deeper stacks are cut off at their outer end. */
#define UNWIND_DEPTH_MAX 100000

struct unwound_frame {
	struct target_address pc;   /* where it is, or will go on */
	struct target_address slot; /* of its return address, as arch->entry_slot() has it; 0 where
				       there is none: for the outermost frame, and for the
				       one that returns from a signal's handler */
	bool interrupted;           /* by a signal: pc is the next instruction, not behind a call */
};

/* The innermost first. Zeroed is empty. */
struct unwound VEC(struct unwound_frame);

/*
 * What unwinding the threads of one address space needs, and what it has looked up so far:
 * tables are taken to stay as they are. Not for use after libraries were unloaded.
 */
struct unwinder;

/* The memory must stay open as long as the unwinder lives. */
struct ptmem_error *unwinder_create(
	pid_t pid, const struct target_memory *memory, struct unwinder **unwinder);
void unwinder_destroy(struct unwinder *unwinder);

/*
 * Replaces what `frames` held. A stack that cannot be followed to its end is no error: the
 * frames are those up to there, and *complete is false. ERROR_GONE where the memory is.
 */
struct ptmem_error *unwind_thread(struct unwinder *unwinder, const struct registers *registers,
	struct unwound *frames, bool *complete);

#endif
