/* How deep samples are taken. */
#include "engine/depth.h"

/* Samples of a span: when all of the last ones would have done with less, less it is. Twice as many
 * each time that this was too soon: what a copy is too short for is guessed until it is known to
 * be. */
#define SPAN 1024u
#define HASTY_MAX 6

/* With room for what the next samples may have more. */
static bool is_enough(enum sampling_depth depth, uint64_t bytes)
{
	uint64_t size = sampling_stack_size(depth);

	return bytes <= size - size / 8;
}

static void set(struct depth *depth, struct sampling *sampling, enum sampling_depth new)
{
	bool too_soon = new > sampling->depth && depth->lowered && depth->hasty < HASTY_MAX;

	*depth = (struct depth){.lowered = new < sampling->depth, .hasty = depth->hasty + too_soon};
	sampling_set_depth(sampling, new);
}

/* The least that is enough. Where nothing is, as deep as usual: rings hold few of the deepest. */
static enum sampling_depth depth_for(const struct sampling *sampling, uint64_t bytes)
{
	for (unsigned depth = 0; depth < SAMPLING_DEPTHS; depth++)
		if (is_enough(depth, bytes) && sampling_has_depth(sampling, depth))
			return depth;
	return SAMPLING_USUAL;
}

static void end_span(struct depth *depth, struct sampling *sampling)
{
	uint64_t deepest = 0;
	enum sampling_depth best;

	for (unsigned i = 0; i < DEPTH_SPANS; i++)
		deepest = depth->deepest[i] > deepest ? depth->deepest[i] : deepest;
	best = depth_for(sampling, deepest);
	if (depth->samples >= DEPTH_SPANS * (SPAN << depth->hasty) && best < sampling->depth) {
		set(depth, sampling, best);
		return;
	}
	depth->span = (depth->span + 1) % DEPTH_SPANS;
	depth->deepest[depth->span] = 0;
}

void depth_note(struct depth *depth, struct sampling *sampling, uint64_t bytes)
{
	enum sampling_depth best = depth_for(sampling, bytes);

	if (best > sampling->depth) {
		set(depth, sampling, best);
		return;
	}
	if (bytes > depth->deepest[depth->span])
		depth->deepest[depth->span] = bytes;
	if (++depth->samples % (SPAN << depth->hasty) == 0)
		end_span(depth, sampling);
}
