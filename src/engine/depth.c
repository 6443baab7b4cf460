/* How deep samples are taken. */
#include "engine/depth.h"

/* So many samples in a row that would do with less, and less it is; twice as many each time that
 * this was too soon: what a copy is too short for is guessed until it is known to be. */
#define PATIENCE 4096u
#define HASTY_MAX 6

/* From the stack pointer to the outermost return address. */
static uint64_t extent(const struct sampled_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		if (stack->items[i].slot)
			return stack->items[i].slot - stack->stack_pointer;
	return 0;
}

/* With room for what the next samples may have more. */
static bool is_enough(enum sampling_depth depth, uint64_t bytes)
{
	uint64_t size = sampling_stack_size(depth);

	return bytes <= size - size / 8;
}

static void set(struct depth *depth, struct sampling *sampling, enum sampling_depth new)
{
	unsigned hasty = depth->hasty;

	if (new > sampling->depth)
		hasty += depth->lowered && hasty < HASTY_MAX;
	else if (new == sampling->depth)
		hasty -= hasty > 0;
	*depth = (struct depth){.lowered = new < sampling->depth, .hasty = hasty};
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

void depth_note(struct depth *depth, struct sampling *sampling, const struct sampled_stack *stack)
{
	uint64_t bytes = extent(stack);
	enum sampling_depth best = depth_for(sampling, bytes);

	if (bytes > depth->deepest)
		depth->deepest = bytes;
	depth->samples++;
	if (best > sampling->depth)
		set(depth, sampling, best);
	else if (depth->samples == PATIENCE << depth->hasty)
		set(depth, sampling, depth_for(sampling, depth->deepest));
}
