/*
 * The faults engine, where faults are stops: brings the shadow stack of a thread to what is on
 * its real one.
 *
 * A call is opened when memory has moved in it, with a breakpoint where it returns to, so that it
 * ends at its moment. What is on the shadow stack and no longer on the real one (a jump took it
 * off) ends here. Frames are the same where their slots and return addresses are.
 */
#ifndef PTMEM_ENGINE_FRAMES_H
#define PTMEM_ENGINE_FRAMES_H

#include "arch/arch.h"
#include "base/error.h"
#include "engine/process.h"
#include "engine/task.h"

#include <stddef.h>

#define FRAMES_NONE SIZE_MAX

/* What is on a stack, in task->stack, beyond what the shadow stack has. */
struct frames_found {
	size_t known; /* the innermost that is on it (its slot, at least), or FRAMES_NONE */
	size_t depth; /* of the shadow stack with that one */
};

/* Unwinds, and ends the calls that are no more. The task is stopped. */
struct ptmem_error *frames_look(struct process *process, struct task *task,
	const struct registers *registers, struct frames_found *found);

/* Opens the calls of watched functions that were found. */
struct ptmem_error *frames_open(
	struct process *process, struct task *task, const struct frames_found *found);

#endif
