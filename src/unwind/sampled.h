/*
 * What was on a thread's stack at a moment that is known by a sample: its registers and a copy of
 * its stack, from the stack pointer on. The target may run on meanwhile.
 *
 * Made for many samples a second: rules are compiled from the tables once for each place in the
 * code; and a thread's sample is compared with its last one, most of whose calls still are
 * under way. Tables are read from the files, not in the target's memory. Nothing in the target
 * is stopped or written.
 */
#ifndef PTMEM_UNWIND_SAMPLED_H
#define PTMEM_UNWIND_SAMPLED_H

#include "arch/arch.h"
#include "base/error.h"
#include "target/memory.h"
#include "unwind/image.h"

#include <stddef.h>

struct sampled_frame {
	uint64_t pc;            /* where it is, or will go on */
	uint64_t slot;          /* of its return address; 0 where there is none, as in unwind.h */
	uint64_t frame_pointer; /* private */
	bool interrupted;       /* by a signal: pc is the next instruction, not behind a call */
	bool guessed;           /* found by looking for what may be a return address */
};

/* The outermost first. Zeroed is empty. */
struct sampled_stack {
	struct sampled_frame *items;
	size_t count, capacity;
	bool complete;  /* the first is the outermost indeed */
	size_t assumed; /* so many of the first are where they were when they were seen last */

	/* As far as can be told, so many of the first are the same calls as in the sample before:
	 * they have the same slots. */
	size_t kept;
	size_t unmoved; /* so many of those are where they were, or were assumed to be */

	/* Private. */
	uint64_t generation; /* of what was known of the images; 0: do not compare */
	uint64_t stack_pointer;
};

struct stack_sample {
	const struct registers *registers;
	const uint8_t *stack;
	size_t stack_size;
	bool stopped;   /* the thread is: memory beyond the copy is what it was */
	bool by_kernel; /* it was in a system call */
};

struct sampled_unwinder;

/* The memory must stay open as long as the unwinder lives. */
struct ptmem_error *sampled_unwinder_create(const struct target_memory *memory,
	unwind_find_image *find, void *owner, struct sampled_unwinder **unwinder);
void sampled_unwinder_destroy(struct sampled_unwinder *unwinder);

/*
 * What lies between these addresses is no longer what it was: something was unloaded there, or
 * loaded. The images' files may be closed then.
 */
void sampled_unwinder_forget(struct sampled_unwinder *unwinder, uint64_t start, uint64_t end);

/* Nothing is: another program is executed, whose memory this is. */
void sampled_unwinder_clear(struct sampled_unwinder *unwinder, const struct target_memory *memory);

/*
 * Replaces what `stack` held, which is the thread's last sample, or empty.
 *
 * A stack that cannot be followed to its end is no error: the frames are those up to there, and it
 * is not complete. Where memory is no more, what lies beyond the copy is taken to be what
 * it was. Only lack of memory of ptmem's own is an error.
 */
struct ptmem_error *sampled_unwind(struct sampled_unwinder *unwinder,
	const struct stack_sample *sample, struct sampled_stack *stack);

/* The same, of a sample that was unwound by itself: from an empty stack. */
struct ptmem_error *sampled_replace(
	struct sampled_stack *stack, const struct sampled_stack *newest);

/* Whether the instruction that the sample's thread is at reads or writes at this address. */
enum arch_access sampled_access(
	struct sampled_unwinder *unwinder, const struct registers *registers, uint64_t address);

/* It is empty again, with room for as much. */
void sampled_stack_clear(struct sampled_stack *stack);
void sampled_stack_deinit(struct sampled_stack *stack);

#endif
