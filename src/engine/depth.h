/*
 * How deep samples of the stack are taken: as deep as stacks have been of late, and somewhat more,
 * so that what is under way is in the copy. What a sample costs is mostly its copy.
 */
#ifndef PTMEM_ENGINE_DEPTH_H
#define PTMEM_ENGINE_DEPTH_H

#include "target/sampling.h"
#include "unwind/sampled.h"

#include <stdbool.h>
#include <stdint.h>

/* Zeroed has seen nothing. */
struct depth {
	uint64_t deepest; /* bytes of stack that were in use, since the depth was judged last */
	unsigned samples; /* since then */
	bool lowered;     /* it was made less then */
	unsigned hasty;   /* how often that had been too soon, of late */
};

/* A stack was this deep in a sample. */
void depth_note(struct depth *depth, struct sampling *sampling, const struct sampled_stack *stack);

#endif
