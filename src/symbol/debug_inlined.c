/* The functions that were inlined at one place in the code of a function. */
#include "symbol/debug_internal.h"

#include <stdlib.h>

/* How deep inlining is followed; compilers stop at a few dozen. */
#define MAX_INLINED 256

static bool is_placed(const struct die *die)
{
	return die_has(die, DW_AT_low_pc) || die_has(die, DW_AT_ranges);
}

/* Whether an entry's code has an address, or may have it. */
static bool has_address(const struct die *die, uint64_t address, struct address_ranges *ranges)
{
	if (!is_placed(die))
		return true;
	ranges->count = 0;
	die_code(die, ranges);
	for (size_t i = 0; i < ranges->count; i++) {
		if (address >= ranges->items[i].start && address < ranges->items[i].end)
			return true;
	}
	return false;
}

static bool is_block(uint16_t tag)
{
	return tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

static bool add_call(const struct die *die, struct debug_site *site)
{
	uint64_t number;
	struct debug_call *call = vec_append(&site->calls);
	if (!call)
		return false;
	*call = (struct debug_call){0};
	struct die last = debug_function_read(*die, &call->function);
	/* A linkage name has the scope in it; what is known in one file only has none. */
	if (call->function.name && !call->function.linkage_name && last.unit)
		call->function.name = debug_scoped_name(&last, call->function.name);
	if (die_number(die, DW_AT_call_file, &number))
		call->file = debug_unit_file(die->unit, number);
	if (die_number(die, DW_AT_call_line, &number) && number <= INT32_MAX)
		call->line = (int)number;
	return true;
}

/*
 * DWARF 2 has no way to tell of several ranges: compilers tell of one, or of none. Calls that do
 * not seem to have the address do have it if a call inside of them has.
 */
#define MAX_DOUBTFUL 16

struct search_state {
	uint64_t address;
	struct debug_site *site;
	struct address_ranges ranges;
	struct die doubtful[MAX_DOUBTFUL];
	unsigned depths[MAX_DOUBTFUL], doubtful_count;
	unsigned inside; /* how deep the innermost call is that has the address */
	bool out_of_memory;
};

static void leave_doubtful(struct search_state *state, unsigned depth)
{
	while (state->doubtful_count && state->depths[state->doubtful_count - 1] >= depth)
		state->doubtful_count--;
}

/* A call that has the address, after those around it that turn out to have it too. */
static void found_call(struct search_state *state, const struct die *die, unsigned depth)
{
	for (unsigned i = 0; i < state->doubtful_count; i++)
		state->out_of_memory |= !add_call(&state->doubtful[i], state->site);
	state->out_of_memory |= !add_call(die, state->site);
	state->doubtful_count = 0;
	state->inside = depth;
}

static void doubt_call(struct search_state *state, const struct die *die, unsigned depth)
{
	if (state->doubtful_count == MAX_DOUBTFUL)
		return;
	state->depths[state->doubtful_count] = depth;
	state->doubtful[state->doubtful_count++] = *die;
}

/* Whether what is inside of an entry may matter. */
static bool visit(struct search_state *state, const struct die *die, unsigned depth)
{
	bool inlined = die->abbrev->tag == DW_TAG_inlined_subroutine;
	leave_doubtful(state, depth);
	if (!inlined && !is_block(die->abbrev->tag))
		return false;
	bool has = has_address(die, state->address, &state->ranges);
	bool doubtful = !is_placed(die) || (!has && die->unit->version == 2);
	if (inlined && doubtful)
		doubt_call(state, die, depth);
	else if (inlined && has)
		found_call(state, die, depth);
	return has || doubtful;
}

bool debug_inlined_read(const struct debug_entry *entry, uint64_t address, struct debug_site *site)
{
	struct die function = die_at(entry->unit, entry->offset), die;
	struct search_state state = {.address = address, .site = site};
	if (!function.unit)
		return true;
	struct die_walk walk = die_walk_below(&function);
	bool into = true;
	while (!state.out_of_memory && site->calls.count < MAX_INLINED &&
		die_walk_next(&walk, &die, into) && walk.depth > state.inside)
		into = visit(&state, &die, walk.depth);
	vec_deinit(&state.ranges);
	return !state.out_of_memory;
}
