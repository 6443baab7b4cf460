/*
 * How deep samples of the stack are taken: as deep as stacks have been of late, and somewhat more,
 * so that what is under way is in the copy. What a sample costs is mostly its copy.
 */
#ifndef PTMEM_ENGINE_DEPTH_H
#define PTMEM_ENGINE_DEPTH_H

#include "target/sampling.h"

#include <stdbool.h>
#include <stdint.h>

#define DEPTH_SPANS 4

/* Zeroed has seen nothing. */
struct depth {
	uint64_t deepest[DEPTH_SPANS]; /* bytes of stack that were in use, in the last spans */
	unsigned span;                 /* the one that is under way */
	unsigned samples;              /* in all of them */
	bool lowered;                  /* it was made less then */
	unsigned hasty;                /* how often that had been too soon */
};

/* A stack was this deep in a sample. */
void depth_note(struct depth *depth, struct sampling *sampling, uint64_t bytes);

#endif
