/* A frame that samples have in common. */
#include "engine/anchor.h"

/* Samples that tell which one is there to stay; twice as many each time that one was not. */
#define PATIENCE 256u
#define HASTY_MAX 8

/* One that was there for so many was worth its stops. */
#define AGE_ENOUGH 1024

static void limit(struct anchor *anchor, size_t kept, uint64_t stack_pointer)
{
	if (kept < anchor->kept)
		anchor->kept = kept;
	if (stack_pointer < anchor->lowest)
		anchor->lowest = stack_pointer;
}

void anchor_note(struct anchor *anchor, const struct sampled_stack *stack, bool far)
{
	if (!anchor->samples++) {
		anchor->kept = SIZE_MAX;
		anchor->lowest = UINT64_MAX;
	}
	anchor->age++;
	anchor->far += far;
	limit(anchor, stack->kept, stack->stack_pointer);
}

void anchor_compare(
	struct anchor *anchor, const struct sampled_stack *last, const struct sampled_stack *now)
{
	size_t count = last->count < now->count ? last->count : now->count, same = 0;

	while (same < count && last->items[same].slot == now->items[same].slot &&
		(!same || last->items[same - 1].pc == now->items[same - 1].pc))
		same++;
	limit(anchor, same, now->stack_pointer);
}

void anchor_look_anew(struct anchor *anchor)
{
	anchor->samples = anchor->far = 0;
	anchor->wish = ANCHOR_STAYS;
}

bool anchor_is_due(const struct anchor *anchor)
{
	return anchor->wish == ANCHOR_STAYS && anchor->samples >= PATIENCE << anchor->hasty &&
	       anchor->far > anchor->samples / 2;
}

/* Where it returns to is known. */
static bool is_sure(const struct sampled_stack *stack, size_t index)
{
	const struct sampled_frame *frame = &stack->items[index], *caller = frame - 1;

	return frame->slot && !frame->guessed && !caller->interrupted && !caller->guessed &&
	       index > stack->assumed;
}

size_t anchor_choose(const struct anchor *anchor, const struct sampled_stack *stack, uint64_t near)
{
	size_t count = anchor->kept < stack->count ? anchor->kept : stack->count, found = 0;

	for (size_t i = 1; i < count; i++) {
		const struct sampled_frame *frame = &stack->items[i];

		if (!is_sure(stack, i) || frame->slot - stack->stack_pointer > near)
			continue;
		found = i;
		if (frame->slot - anchor->lowest <= near)
			break;
	}
	return found && stack->items[found].slot != anchor->slot ? found : 0;
}

bool anchor_holds(const struct anchor *anchor, const struct sampled_stack *stack)
{
	return anchor->frame < stack->count && stack->items[anchor->frame].slot == anchor->slot;
}

void anchor_set(struct anchor *anchor, size_t frame, uint64_t slot, uint32_t breakpoint)
{
	*anchor = (struct anchor){
		.slot = slot, .frame = frame, .breakpoint = breakpoint, .hasty = anchor->hasty};
}

void anchor_put_off(struct anchor *anchor)
{
	if (anchor->hasty < HASTY_MAX)
		anchor->hasty++;
}

void anchor_drop(struct anchor *anchor)
{
	if (anchor->age >= AGE_ENOUGH)
		anchor->hasty = 0;
	else
		anchor_put_off(anchor);
	*anchor = (struct anchor){.hasty = anchor->hasty};
}
