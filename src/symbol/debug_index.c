/*
 * The functions of one unit: every subprogram that has code, wherever it is nested, also in
 * partial units that it imports.
 */
#include "symbol/debug_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64

/* Entries from one look at the clock to the next. */
#define LOOK_AT_CLOCK 1024

/* The types that entries are in, by depth; 0 where it is none. */
struct scopes {
	uint64_t types[MAX_DEPTH + 1];
};

struct unit_index {
	struct debug_unit *unit;  /* whose entries are gathered: maybe a skeleton */
	struct debug_unit *whole; /* which has the entries */
	struct address_ranges ranges;
	struct scopes scopes;
	struct die_walk walk;
	bool into;   /* what was visited last may hold more */
	bool walked; /* there is nothing left */
	bool active; /* it is being gone through */
	bool out_of_memory;
};

/*
 * Where control enters: DW_AT_entry_pc, which is an address or, since DWARF 5, a distance from
 * where the code begins; else DW_AT_low_pc; else the first range.
 */
static uint64_t entry_address(const struct die *die, uint64_t first)
{
	uint64_t value;
	if (die_address(die, DW_AT_entry_pc, &value))
		return value;
	if (die_number(die, DW_AT_entry_pc, &value))
		return first + value;
	if (die_address(die, DW_AT_low_pc, &value))
		return value;
	return first;
}

static bool add_entry(
	struct unit_index *index, const struct die *die, struct address_range range, bool entered)
{
	struct debug_entry *entry = vec_append(&index->unit->entries);
	uint64_t size = range.end - range.start;
	if (!entry)
		return false;
	*entry = (struct debug_entry){
		.start = range.start,
		.size = size <= UINT32_MAX ? (uint32_t)size : UINT32_MAX,
		.entered = entered,
		.offset = die->offset,
		.unit = die->unit,
	};
	return true;
}

/* The range that control enters in, or the first. */
static size_t entered_range(const struct address_ranges *ranges, uint64_t address)
{
	for (size_t i = 0; i < ranges->count; i++) {
		if (ranges->items[i].start == address)
			return i;
	}
	return 0;
}

static void add_subprogram(struct unit_index *index, const struct die *die)
{
	struct address_ranges *ranges = &index->ranges;
	ranges->count = 0;
	index->out_of_memory |= !die_code(die, ranges);
	if (!ranges->count)
		return;
	size_t entered = entered_range(ranges, entry_address(die, ranges->items[0].start));
	for (size_t i = 0; i < ranges->count; i++)
		index->out_of_memory |= !add_entry(index, die, ranges->items[i], i == entered);
}

/* What may hold a subprogram with code: scopes, types, and functions themselves. */
static bool holds_subprograms(uint16_t tag)
{
	switch (tag) {
	case DW_TAG_namespace:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
	case DW_TAG_enumeration_type: /* Rust has methods in them */
	case DW_TAG_variant_part:
	case DW_TAG_variant:
	case DW_TAG_module:
	case DW_TAG_subprogram:
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		return true;
	default:
		return false;
	}
}

static bool is_type(uint16_t tag)
{
	return tag == DW_TAG_class_type || tag == DW_TAG_structure_type;
}

/* Remembers a method that leaves its place to be said by its type. */
static void note_method(struct unit_index *index, const struct die *method, uint64_t type)
{
	if (!type || die_has(method, DW_AT_decl_line) || die_has(method, DW_AT_specification))
		return;
	struct debug_orphan *orphan = vec_append(&method->unit->orphans);
	index->out_of_memory |= !orphan;
	if (orphan)
		*orphan = (struct debug_orphan){method->offset, type};
}

/* The functions of a partial unit, which other units import as well. */
static void add_imported(struct unit_index *index, const struct die *import)
{
	struct form_value value = die_value(import, DW_AT_import);
	struct die die = die_of_reference(import, &value);
	struct debug_unit *unit = die.unit;
	if (!unit || die.abbrev->tag != DW_TAG_partial_unit)
		return;
	index->out_of_memory |= !debug_unit_index(unit);
	for (size_t i = 0; i < unit->entries.count && !index->out_of_memory; i++) {
		struct debug_entry *entry = vec_append(&index->unit->entries);
		index->out_of_memory |= !entry;
		if (entry)
			*entry = unit->entries.items[i];
	}
}

static void visit(struct unit_index *index, const struct die *die, unsigned depth)
{
	uint16_t tag = die->abbrev->tag;
	bool is_subprogram = tag == DW_TAG_subprogram || tag == DW_TAG_entry_point;
	if (is_subprogram)
		add_subprogram(index, die);
	if (is_subprogram && depth <= MAX_DEPTH)
		note_method(index, die, index->scopes.types[depth - 1]);
	if (depth <= MAX_DEPTH)
		index->scopes.types[depth] = is_type(tag) ? die->offset : 0;
	if (tag == DW_TAG_imported_unit)
		add_imported(index, die);
}

static void begin_walk(struct unit_index *index, struct debug_unit *unit)
{
	*index = (struct unit_index){.unit = unit, .whole = debug_unit_whole(unit), .into = true};
	struct die root =
		debug_unit_read_root(index->whole) ? die_root(index->whole) : (struct die){0};
	index->walked = !root.unit;
	if (root.unit)
		index->walk = die_walk_below(&root);
}

/* As far as the end, or until it is so late. */
static void walk(struct unit_index *index, uint64_t until)
{
	struct die die;
	for (unsigned count = 1; !index->walked; count++) {
		index->walked =
			index->out_of_memory || !die_walk_next(&index->walk, &die, index->into);
		if (index->walked)
			return;
		visit(index, &die, index->walk.depth);
		index->into = holds_subprograms(die.abbrev->tag) && index->walk.depth < MAX_DEPTH;
		if (count % LOOK_AT_CLOCK == 0 && debug_is_late(until))
			return;
	}
}

/* Of two entries at one address the one that was written first counts. */
static int by_address(const void *a, const void *b)
{
	const struct debug_entry *left = a, *right = b;
	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return (left->offset > right->offset) - (left->offset < right->offset);
}

static int by_offset(const void *a, const void *b)
{
	const struct debug_orphan *left = a, *right = b;
	return (left->offset > right->offset) - (left->offset < right->offset);
}

static void sort_unit(struct unit_index *index)
{
	struct debug_entries *entries = &index->unit->entries;
	struct debug_orphans *orphans = &index->whole->orphans;
	if (entries->count)
		qsort(entries->items, entries->count, sizeof *entries->items, by_address);
	if (orphans->count)
		qsort(orphans->items, orphans->count, sizeof *orphans->items, by_offset);
}

void debug_unit_drop_index(struct debug_unit *unit)
{
	if (unit->indexing)
		vec_deinit(&unit->indexing->ranges);
	free(unit->indexing);
	unit->indexing = NULL;
}

/* False when out of memory. Units that import each other end where one is gone through already. */
static bool advance(struct debug_unit *unit, uint64_t until)
{
	if (unit->index_progress != DEBUG_UNREAD || (unit->indexing && unit->indexing->active))
		return true;
	if (!unit->indexing) {
		unit->indexing = malloc(sizeof *unit->indexing);
		if (!unit->indexing)
			return false;
		begin_walk(unit->indexing, unit);
	}
	unit->indexing->active = true;
	walk(unit->indexing, until);
	unit->indexing->active = false;
	if (!unit->indexing->walked)
		return true;
	bool enough = !unit->indexing->out_of_memory;
	sort_unit(unit->indexing);
	debug_unit_drop_index(unit);
	unit->index_progress = DEBUG_READ;
	return enough;
}

bool debug_unit_index(struct debug_unit *unit)
{
	return advance(unit, DEBUG_NEVER);
}

bool debug_unit_prepare_index(struct debug_unit *unit, uint64_t until)
{
	return !advance(unit, until) || unit->index_progress != DEBUG_UNREAD;
}
