/* The functions that were inlined at one place in the code of a function. */
#include "symbol/debug_internal.h"

#include <stdlib.h>

/* How deep inlining is followed; compilers stop at a few dozen. */
#define MAX_INLINED 256

/* Whether an entry's code has an address; `unknown` where it does not say where its code is. */
static bool has_address(
	const struct die *die, uint64_t address, bool unknown, struct address_ranges *ranges)
{
	if (!die_has(die, DW_AT_low_pc) && !die_has(die, DW_AT_ranges))
		return unknown;
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
	debug_function_read(*die, &call->function);
	if (die_number(die, DW_AT_call_file, &number))
		call->file = debug_unit_file(die->unit, number);
	if (die_number(die, DW_AT_call_line, &number) && number <= INT32_MAX)
		call->line = (int)number;
	return true;
}

bool debug_inlined_read(const struct debug_entry *entry, uint64_t address, struct debug_site *site)
{
	struct die function = die_at(entry->unit, entry->offset), die;
	if (!function.unit)
		return true;
	struct die_walk walk = die_walk_below(&function);
	struct address_ranges ranges = {0};
	unsigned inside = 0; /* how deep the innermost one is that has the address */
	bool into = true, enough = true;
	while (enough && site->calls.count < MAX_INLINED && die_walk_next(&walk, &die, into) &&
		walk.depth > inside) {
		uint16_t tag = die.abbrev->tag;
		bool inlined = tag == DW_TAG_inlined_subroutine;
		into = (inlined || is_block(tag)) && has_address(&die, address, !inlined, &ranges);
		if (into && inlined) {
			inside = walk.depth;
			enough = add_call(&die, site);
		}
	}
	vec_deinit(&ranges);
	return enough;
}
