/*
 * The faults engine: brings the shadow stack of a thread to what is on its real one.
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

#include <stdbool.h>
#include <stddef.h>

/* What was found on a stack, in process->frames, beyond what the shadow stack has. */
struct frames_found {
	bool known;                 /* the outermost of them is on it: its slot, at least */
	size_t depth;               /* of that frame, plus one */
	struct target_address back; /* where it returns to */
};

/* Looks as far as what is known, and ends the calls that are no more. The task is stopped. */
struct ptmem_error *frames_look(struct process *process, struct task *task,
	const struct registers *registers, struct frames_found *found);

/* Opens the calls of watched functions among what was found. */
struct ptmem_error *frames_open(struct process *process, struct task *task,
	const struct images *images, const struct frames_found *found);

#endif
