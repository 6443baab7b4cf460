/*
 * Where an entry's code is: DW_AT_low_pc with DW_AT_high_pc, or DW_AT_ranges of any version.
 */
#include "symbol/debug_internal.h"

/* How often a section may be read over. */
#define READ_OVER 16
#define READ_ANYWAY (16u << 20)

/* A list being decoded. */
struct list {
	struct debug_unit *unit;
	uint64_t base; /* what offsets count from: the unit's low_pc, unless the list says otherwise
			*/
	struct cursor cursor;
	struct address_ranges *ranges;
};

/* What is said of an entry's code. */
struct code {
	struct form_value low, high, ranges;
};

static bool add_range(
	struct debug_info *info, struct address_ranges *ranges, uint64_t start, uint64_t end)
{
	/* What the linker threw away is left at 0, 1 or the end of the address space. */
	if (start >= end || start < info->code_start || end > info->code_end || start == 0)
		return true;
	struct address_range *new = vec_append(ranges);
	if (new)
		*new = (struct address_range){start, end};
	return new != NULL;
}

static bool add_low_to_high(
	struct debug_unit *unit, const struct code *code, struct address_ranges *ranges)
{
	uint64_t low, high, size;
	if (!form_address(unit, &code->low, &low))
		return true;
	/* An offset since DWARF 4. A label has none at all: code of unknown size. */
	if (!form_address(unit, &code->high, &high))
		high = low + (form_number(&code->high, &size) ? size : 1);
	return add_range(unit->file->info, ranges, low, high);
}

/* DWARF 2 to 4: pairs of offsets to a pair of zeros; (-1, base) sets what they count from. */
static bool decode_pairs(struct list *list)
{
	struct debug_info *info = list->unit->file->info;
	bool enough = true;
	while (enough) {
		uint64_t start = cursor_fixed(&list->cursor, 8);
		uint64_t end = cursor_fixed(&list->cursor, 8);
		if (list->cursor.bad || (!start && !end))
			break;
		if (start == UINT64_MAX)
			list->base = end;
		else
			enough =
				add_range(info, list->ranges, list->base + start, list->base + end);
	}
	return enough;
}

/* 0, where nothing ever is, for a number without an address. */
static uint64_t indexed_address(struct list *list, uint64_t index)
{
	uint64_t address = 0;
	unit_address(list->unit, index, &address);
	return address;
}

/* One entry of a DWARF 5 list. False at the list's end; `range` is empty where it has none. */
static bool decode_entry(struct list *list, struct address_range *range)
{
	struct cursor *cursor = &list->cursor;
	*range = (struct address_range){0};
	switch (cursor_fixed(cursor, 1)) {
	case DW_RLE_base_addressx:
		list->base = indexed_address(list, cursor_uleb(cursor));
		return true;
	case DW_RLE_startx_endx:
		range->start = indexed_address(list, cursor_uleb(cursor));
		range->end = indexed_address(list, cursor_uleb(cursor));
		return true;
	case DW_RLE_startx_length:
		range->start = indexed_address(list, cursor_uleb(cursor));
		range->end = range->start + cursor_uleb(cursor);
		return true;
	case DW_RLE_offset_pair:
		range->start = list->base + cursor_uleb(cursor);
		range->end = list->base + cursor_uleb(cursor);
		return true;
	case DW_RLE_base_address:
		list->base = cursor_fixed(cursor, 8);
		return true;
	case DW_RLE_start_end:
		range->start = cursor_fixed(cursor, 8);
		range->end = cursor_fixed(cursor, 8);
		return true;
	case DW_RLE_start_length:
		range->start = cursor_fixed(cursor, 8);
		range->end = range->start + cursor_uleb(cursor);
		return true;
	case DW_RLE_end_of_list:
		return false;
	default:
		cursor->bad = true;
		return false;
	}
}

static bool decode_entries(struct list *list)
{
	struct debug_info *info = list->unit->file->info;
	struct address_range range;
	bool enough = true;
	while (enough && decode_entry(list, &range) && !list->cursor.bad)
		enough = add_range(info, list->ranges, range.start, range.end);
	return enough;
}

/* DW_FORM_rnglistx is a number in a table of offsets that count from the table itself. */
static uint64_t indexed_list(struct elf_bytes lists, const struct debug_unit *unit, uint64_t index)
{
	uint64_t base = unit->lists_base;
	if (index > lists.size || base > lists.size)
		return UINT64_MAX;
	struct cursor cursor = cursor_at(lists, base + index * unit->offset_size);
	uint64_t offset = cursor_fixed(&cursor, unit->offset_size);
	return cursor.bad || offset > lists.size ? UINT64_MAX : base + offset;
}

/* Entries may share their lists, but not so often: such a file is made to slow us down. */
static bool spend(struct debug_info *info, uint64_t bytes, uint64_t section)
{
	info->lists_spent += bytes;
	return info->lists_spent / READ_OVER <= section + READ_ANYWAY / READ_OVER;
}

static bool decode(struct list *list, struct elf_bytes section, uint64_t position)
{
	struct debug_info *info = list->unit->file->info;
	list->cursor = cursor_at(section, position);
	uint64_t before = cursor_left(&list->cursor);
	if (!spend(info, 0, section.size)) {
		list->cursor.bad = true;
		return true;
	}
	bool enough = list->unit->version < 5 ? decode_pairs(list) : decode_entries(list);
	spend(info, before - cursor_left(&list->cursor), section.size);
	return enough;
}

/* GNU's split units have their lists in the linked file, from where the skeleton says. */
static bool add_pairs(struct debug_unit *unit, uint64_t position, struct list *list)
{
	struct debug_unit *linked = debug_unit_linked(unit);
	if (linked != unit)
		position += linked->split_lists_base;
	return decode(list, debug_section(linked->file, DEBUG_RANGES), position);
}

/* DWARF 5's are where the unit is; gcc may leave one in the linked file, by its offset. */
static bool add_entries(
	struct debug_unit *unit, const struct form_value *at, uint64_t position, struct list *list)
{
	struct debug_file *file = unit->file;
	if (at->form == DW_FORM_sec_offset && !debug_section(file, DEBUG_RNGLISTS).size)
		file = debug_unit_linked(unit)->file;
	struct elf_bytes lists = debug_section(file, DEBUG_RNGLISTS);
	if (at->form == DW_FORM_rnglistx)
		position = indexed_list(lists, unit, position);
	return decode(list, lists, position);
}

static bool add_list(
	struct debug_unit *unit, const struct form_value *at, struct address_ranges *ranges)
{
	struct list list = {.unit = unit, .ranges = ranges};
	struct debug_unit *linked = debug_unit_linked(unit);
	uint64_t position;
	bool known = at->form == DW_FORM_rnglistx ? form_number(at, &position)
						  : form_offset(at, &position);
	if (!known || !debug_unit_read_root(unit) || !debug_unit_read_root(linked))
		return true;
	form_address(linked, &linked->low_pc, &list.base);
	bool enough = unit->version < 5 ? add_pairs(unit, position, &list)
					: add_entries(unit, at, position, &list);
	if (list.cursor.bad)
		debug_note_problem(unit->file, "a list of address ranges is damaged");
	return enough;
}

static bool add_code(
	struct debug_unit *unit, const struct code *code, struct address_ranges *ranges)
{
	return code->ranges.form ? add_list(unit, &code->ranges, ranges)
				 : add_low_to_high(unit, code, ranges);
}

bool die_code(const struct die *die, struct address_ranges *ranges)
{
	struct code code = {
		.low = die_value(die, DW_AT_low_pc),
		.high = die_value(die, DW_AT_high_pc),
		.ranges = die_value(die, DW_AT_ranges),
	};
	return add_code(die->unit, &code, ranges);
}

bool unit_code(struct debug_unit *unit, struct address_ranges *ranges)
{
	if (!debug_unit_read_root(unit))
		return true;
	struct code code = {unit->low_pc, unit->high_pc, unit->ranges};
	return add_code(unit, &code, ranges);
}
