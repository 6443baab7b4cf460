/* Line by line: spots, and the steps between them. */
#include "profile/lines.h"

#include "base/amounts.h"
#include "profile/sites.h"

#include <stdlib.h>

/* What a run, or a file, may have of each. */
#define SPOTS_MAX (UINT32_C(1) << 20)
#define STEPS_MAX (UINT32_C(1) << 20)

#define STEP_NONE UINT32_MAX

struct lines *lines_create(void)
{
	return calloc(1, sizeof(struct lines));
}

void lines_destroy(struct lines *lines)
{
	if (!lines)
		return;
	vec_deinit(&lines->spots);
	vec_deinit(&lines->steps);
	map_deinit(&lines->spot_of);
	map_deinit(&lines->step_of);
	free(lines);
}

void line_stack_deinit(struct line_stack *stack)
{
	vec_deinit(&stack->frames);
	map_deinit(&stack->innermost);
}

static uint64_t pair(uint32_t one, uint32_t other)
{
	return (uint64_t)one << 32 | other;
}

/* SPOT_NONE where there are too many. */
static uint32_t find_spot(struct lines *lines, uint32_t function, uint32_t site)
{
	uint32_t found = map_get(&lines->spot_of, pair(function, site));
	struct line_spot *new = NULL;

	if (found != MAP_NONE)
		return found;
	if (lines->spots.count >= SPOTS_MAX) {
		lines->over = true;
		return SPOT_NONE;
	}
	found = (uint32_t)lines->spots.count;
	new = vec_append(&lines->spots);
	if (!new || !map_set(&lines->spot_of, pair(function, site), found)) {
		lines->spots.count -= new != NULL;
		lines->failed = true;
		return SPOT_NONE;
	}
	*new = (struct line_spot){function, site};
	return found;
}

/* STEP_NONE where there are too many. */
static uint32_t find_step(struct lines *lines, uint32_t from, uint32_t to)
{
	uint32_t found = map_get(&lines->step_of, pair(from, to));
	struct line_step *new = NULL;

	if (found != MAP_NONE)
		return found;
	if (lines->steps.count >= STEPS_MAX) {
		lines->over = true;
		return STEP_NONE;
	}
	found = (uint32_t)lines->steps.count;
	new = vec_append(&lines->steps);
	if (!new || !map_set(&lines->step_of, pair(from, to), found)) {
		lines->steps.count -= new != NULL;
		lines->failed = true;
		return STEP_NONE;
	}
	*new = (struct line_step){.from = from, .to = to};
	return found;
}

/* What moved at a place before anything told where that was, or where there are too many. */
static uint32_t nowhere(struct lines *lines, uint32_t function)
{
	uint32_t spot = find_spot(lines, function, SITE_NONE);

	return spot == SPOT_NONE ? STEP_NONE : find_step(lines, SPOT_NONE, spot);
}

/* A frame leaves the place where it is. */
static void settle(struct lines *lines, const struct line_stack *stack, struct line_frame *frame)
{
	int64_t moved = stack->charged - frame->since;
	struct line_step *step;

	frame->since = stack->charged;
	if (frame->step == STEP_NONE && moved)
		frame->step = nowhere(lines, frame->function);
	if (frame->step == STEP_NONE)
		return;
	step = &lines->steps.items[frame->step];
	bytes_add(&step->increment, moved);
	step->held = lines->held;
	step->moment = lines->moment++;
}

void lines_enter(struct lines *lines, struct line_stack *stack, uint32_t function, uint32_t family)
{
	struct line_frame *frame = vec_append(&stack->frames);
	const uint32_t *around = map_find(&stack->innermost, family);

	if (!frame) {
		lines->failed = true;
		return;
	}
	*frame = (struct line_frame){.function = function,
		.family = family,
		.spot = SPOT_NONE,
		.step = STEP_NONE,
		.around = around ? *around : 0,
		.entered = stack->charged,
		.since = stack->charged};
	if (!map_set(&stack->innermost, family, (uint32_t)stack->frames.count))
		lines->failed = true;
}

void lines_leave(struct lines *lines, struct line_stack *stack)
{
	struct line_frame *frame;
	uint32_t *innermost;

	if (!stack->frames.count)
		return;
	frame = &stack->frames.items[stack->frames.count - 1];
	settle(lines, stack, frame);
	/* What it moved is not the outer call's as well. */
	if (frame->around)
		stack->frames.items[frame->around - 1].since += stack->charged - frame->entered;
	innermost = map_find(&stack->innermost, frame->family);
	if (innermost)
		*innermost = frame->around;
	stack->frames.count--;
}

void lines_at(struct lines *lines, struct line_stack *stack, uint32_t site, bool statement)
{
	struct line_frame *frame;
	uint32_t spot, step;

	lines->statements |= statement;
	if (!stack->frames.count || site == SITE_NONE)
		return;
	frame = &stack->frames.items[stack->frames.count - 1];
	spot = find_spot(lines, frame->function, site);
	step = spot == SPOT_NONE ? STEP_NONE : find_step(lines, frame->spot, spot);
	if (step == STEP_NONE)
		return;
	settle(lines, stack, frame);
	frame->spot = spot;
	frame->step = step;
	lines->steps.items[step].count++;
	lines->steps.items[step].begun += statement;
}

void lines_again(struct lines *lines, struct line_stack *stack)
{
	const struct line_frame *frame = &stack->frames.items[stack->frames.count - 1];

	if (!lines->statements && stack->frames.count && frame->spot != SPOT_NONE)
		lines_at(lines, stack, lines->spots.items[frame->spot].site, false);
}

void lines_charge(struct lines *lines, struct line_stack *stack, int64_t moved)
{
	stack->charged += moved;
	lines->held += moved;
}

void lines_charge_aside(struct lines *lines, int64_t moved)
{
	lines->held += moved;
}

static uint32_t copy_spot(struct lines *into, const struct line_spot *spot,
	const uint32_t *functions, const uint32_t *sites)
{
	uint32_t function = functions ? functions[spot->function] : spot->function;
	uint32_t site = sites && spot->site != SITE_NONE ? sites[spot->site] : spot->site;

	return find_spot(into, function, site);
}

/* What there is no room for goes where nothing is known. */
static bool add_step(struct lines *into, const struct lines *from, const struct line_step *step,
	const uint32_t *spots)
{
	uint32_t to = spots[step->to];
	uint32_t before = step->from == SPOT_NONE ? SPOT_NONE : spots[step->from];
	uint32_t index = to == SPOT_NONE ? STEP_NONE : find_step(into, before, to);
	struct line_step *sum;

	if (index == STEP_NONE)
		return false;
	sum = &into->steps.items[index];
	sum->count += step->count;
	sum->begun += step->begun;
	bytes_add(&sum->increment, step->increment);
	if (!sum->moment || into->moment + step->moment > sum->moment) {
		sum->moment = into->moment + step->moment;
		sum->held = step->held;
	}
	into->statements |= from->statements;
	return true;
}

bool lines_add(struct lines *into, const struct lines *from, const uint32_t *functions,
	const uint32_t *sites)
{
	uint32_t *spots = malloc((from->spots.count + 1) * sizeof *spots);
	bool added = spots;

	for (size_t i = 0; added && i < from->spots.count; i++)
		spots[i] = copy_spot(into, &from->spots.items[i], functions, sites);
	for (size_t i = 0; added && i < from->steps.count; i++)
		added = add_step(into, from, &from->steps.items[i], spots) || !into->failed;
	free(spots);
	into->moment += from->moment;
	into->held += from->held;
	into->over |= from->over;
	into->failed |= from->failed;
	return added && !into->failed;
}
