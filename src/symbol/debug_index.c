/*
 * The functions of one unit: every subprogram that has code, wherever it is nested. The
 * walk trusts nothing: its depth and its length are bounded, and entries must ascend.
 */
#include "symbol/debug_internal.h"

#define MAX_DEPTH 64

struct walk {
	struct debug_info *info;
	struct debug_unit *unit;
	uint64_t budget; /* entries left: an honest unit has fewer than bytes */
	struct address_ranges ranges;
	bool out_of_memory;
};

/* DW_AT_entry_pc is an address or, since DWARF 5, a distance from where the code begins. */
static uint64_t entry_address(struct walk *walk, Dwarf_Die die, uint64_t start)
{
	uint64_t value;
	if (die_address(walk->info, die, DW_AT_entry_pc, &value))
		return value;
	if (die_number(walk->info, die, DW_AT_entry_pc, &value))
		return start + value;
	return start;
}

static void add_subprogram(struct walk *walk, Dwarf_Die die)
{
	walk->ranges.count = 0;
	if (!die_code(walk->info, die, &walk->ranges)) {
		walk->out_of_memory = true;
		return;
	}
	if (!walk->ranges.count)
		return;
	struct debug_entry *entry = vec_append(&walk->unit->entries);
	if (!entry) {
		walk->out_of_memory = true;
		return;
	}
	const struct address_range *first = &walk->ranges.items[0];
	*entry = (struct debug_entry){
		.address = entry_address(walk, die, first->start),
		.size = first->end - first->start,
		.offset = die_offset(walk->info, die),
	};
}

/* What may hold a subprogram with code: scopes, types, and functions themselves. */
static bool holds_subprograms(Dwarf_Half tag)
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

static bool is_type(Dwarf_Half tag)
{
	return tag == DW_TAG_class_type || tag == DW_TAG_structure_type;
}

/* Remembers a method that leaves its place to be said by its type. */
static void note_method(struct walk *walk, Dwarf_Die method, Dwarf_Off type)
{
	if (die_has(walk->info, method, DW_AT_decl_line) ||
		die_has(walk->info, method, DW_AT_specification))
		return;
	struct debug_orphan *orphan = vec_append(&walk->unit->orphans);
	walk->out_of_memory = walk->out_of_memory || !orphan;
	if (orphan)
		*orphan = (struct debug_orphan){die_offset(walk->info, method), type};
}

static void walk_children(struct walk *walk, Dwarf_Die parent, unsigned depth);

static void visit(struct walk *walk, Dwarf_Die die, unsigned depth)
{
	Dwarf_Half tag = die_tag(walk->info, die);
	if (tag == DW_TAG_subprogram || tag == DW_TAG_entry_point)
		add_subprogram(walk, die);
	if (holds_subprograms(tag) && depth < MAX_DEPTH)
		walk_children(walk, die, depth + 1);
}

static void walk_children(struct walk *walk, Dwarf_Die parent, unsigned depth)
{
	bool in_type = is_type(die_tag(walk->info, parent));
	Dwarf_Off type = die_offset(walk->info, parent), last = type;
	Dwarf_Die die = die_child(walk->info, parent);
	while (die && !walk->out_of_memory && walk->budget) {
		Dwarf_Off offset = die_offset(walk->info, die);
		if (offset <= last)
			break;
		last = offset;
		walk->budget--;
		if (in_type && die_tag(walk->info, die) == DW_TAG_subprogram)
			note_method(walk, die, type);
		visit(walk, die, depth);
		Dwarf_Die next = die_sibling(walk->info, die);
		die_free(die);
		die = next;
	}
	die_free(die);
}

static int by_address(const void *a, const void *b)
{
	const struct debug_entry *left = a, *right = b;
	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return (left->offset > right->offset) - (left->offset < right->offset);
}

static int by_offset(const void *a, const void *b)
{
	const struct debug_orphan *left = a, *right = b;
	return (left->offset > right->offset) - (left->offset < right->offset);
}

bool debug_unit_index(struct debug_info *info, struct debug_unit *unit)
{
	if (unit->indexed)
		return true;
	struct walk walk = {.info = info, .unit = unit, .budget = unit->length};
	Dwarf_Die root = die_at(info, unit->root);
	if (root)
		walk_children(&walk, root, 0);
	die_free(root);
	vec_deinit(&walk.ranges);
	if (unit->entries.count)
		qsort(unit->entries.items, unit->entries.count, sizeof *unit->entries.items,
			by_address);
	if (unit->orphans.count)
		qsort(unit->orphans.items, unit->orphans.count, sizeof *unit->orphans.items,
			by_offset);
	unit->indexed = !walk.out_of_memory;
	return unit->indexed;
}
