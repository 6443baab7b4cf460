/*
 * A frame that all samples of a thread have had in common of late. While it has not returned,
 * nothing beyond it changes: samples of less than the whole stack tell as much, if they reach it.
 * That it returns is what the thread stops for.
 */
#ifndef PTMEM_ENGINE_ANCHOR_H
#define PTMEM_ENGINE_ANCHOR_H

#include "unwind/sampled.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum anchor_wish {
	ANCHOR_STAYS,
	ANCHOR_MOVES, /* to where it is not, or is not yet */
	ANCHOR_GOES,
};

/* Zeroed is none, and has seen nothing. */
struct anchor {
	/* The frame's. */
	uint64_t slot;       /* of its return address; 0: there is none */
	size_t frame;        /* its place in the stack */
	uint32_t breakpoint; /* where it returns to */
	unsigned strays;     /* stops that were for another frame's return */
	unsigned age;        /* samples since it was set */
	unsigned hasty;      /* how often one was soon over */
	bool doubted;        /* it is not relied on any more, and is to go */

	/* Of the samples since was looked for a better one. */
	unsigned samples;
	unsigned far;          /* that had the whole stack */
	size_t kept;           /* so many of the outermost frames they have in common */
	uint64_t lowest;       /* stack pointer in them */
	enum anchor_wish wish; /* the thread was told to stop, for this */
};

/* A sample was taken. `far`: it did not end at the anchor. */
void anchor_note(struct anchor *anchor, const struct sampled_stack *stack, bool far);

/* The stack is not what it was in the last sample, but this. */
void anchor_compare(
	struct anchor *anchor, const struct sampled_stack *last, const struct sampled_stack *now);

/* Whether there were enough samples for one to be chosen, and many that had the whole stack. */
bool anchor_is_due(const struct anchor *anchor);
void anchor_look_anew(struct anchor *anchor);

/* The thread has stopped for one in vain: the next time it takes more samples. */
void anchor_put_off(struct anchor *anchor);

/*
 * The outermost frame that may be one and is so near to where the stack has ended; or, where none
 * is, the innermost, if it is so near to where the stack ends. 0: there is none, or no better one.
 */
size_t anchor_choose(const struct anchor *anchor, const struct sampled_stack *stack, uint64_t near);

/* Whether its frame is on the stack. */
bool anchor_holds(const struct anchor *anchor, const struct sampled_stack *stack);

void anchor_set(struct anchor *anchor, size_t frame, uint64_t slot, uint32_t breakpoint);

/* There is none any more. */
void anchor_drop(struct anchor *anchor);

#endif
