/*
 * Where an entry's code is: DW_AT_low_pc with DW_AT_high_pc, or DW_AT_ranges of any version.
 * Range lists are decoded here: libdwarf 20210528 frees memory twice on a damaged
 * .debug_rnglists, which it therefore never sees.
 */
#include "symbol/debug_bytes.h"
#include "symbol/debug_internal.h"

/* What a unit's root entry says about the range lists that its entries refer to. */
struct bases {
	unsigned version, offset_size;
	uint64_t address;   /* what offsets count from at first: the unit's low_pc */
	uint64_t lists;     /* DW_AT_rnglists_base */
	uint64_t addresses; /* DW_AT_addr_base */
};

/* A list being decoded. */
struct list {
	struct debug_info *info;
	const struct bases *bases;
	struct cursor cursor;
	struct address_ranges *ranges;
};

static bool add_range(
	struct debug_info *info, struct address_ranges *ranges, uint64_t start, uint64_t end)
{
	/* What the linker threw away is left at 0, 1 or the end of the address space. */
	if (start >= end || start < info->load_start || end > info->load_end || start == 0)
		return true;
	struct address_range *new = vec_append(ranges);
	if (new)
		*new = (struct address_range){start, end};
	return new != NULL;
}

static bool add_low_to_high(struct debug_info *info, Dwarf_Die die, struct address_ranges *ranges)
{
	uint64_t low, high;
	if (!die_address(info, die, DW_AT_low_pc, &low))
		return true;
	if (!die_address(info, die, DW_AT_high_pc, &high)) {
		/* An offset since DWARF 4. A label has none at all: code of unknown size. */
		uint64_t size;
		high = low + (die_number(info, die, DW_AT_high_pc, &size) ? size : 1);
	}
	return add_range(info, ranges, low, high);
}

static struct bases read_bases(struct debug_info *info, Dwarf_Die die)
{
	struct bases bases = {0};
	Dwarf_Half version = 0, offset_size = 0;
	if (dwarf_get_version_of_die(die, &version, &offset_size) != DW_DLV_OK)
		return bases;
	bases.version = version;
	bases.offset_size = offset_size == 8 ? 8 : 4;
	/* Where the first list's offsets are, behind a header, if nothing else is said. */
	bases.lists = bases.offset_size == 8 ? 20 : 12;
	bases.addresses = bases.offset_size == 8 ? 16 : 8;

	struct debug_unit *unit = debug_unit_of(info, die);
	Dwarf_Die root = unit ? die_at(info, unit->root) : NULL;
	if (root) {
		die_address(info, root, DW_AT_low_pc, &bases.address);
		die_section_offset(info, root, DW_AT_rnglists_base, &bases.lists);
		die_section_offset(info, root, DW_AT_addr_base, &bases.addresses);
	}
	die_free(root);
	return bases;
}

/* DWARF 2 to 4: pairs of offsets to a pair of zeros; (-1, base) sets what they count from. */
static bool decode_pairs(struct list *list)
{
	uint64_t base = list->bases->address;
	bool enough = true;
	while (enough) {
		uint64_t start = cursor_fixed(&list->cursor, 8);
		uint64_t end = cursor_fixed(&list->cursor, 8);
		if (list->cursor.bad || (!start && !end))
			break;
		if (start == UINT64_MAX)
			base = end;
		else
			enough = add_range(list->info, list->ranges, base + start, base + end);
	}
	return enough;
}

/* An address by its number in the unit's part of .debug_addr; 0 where it is not there. */
static uint64_t indexed_address(struct list *list, uint64_t index)
{
	struct elf_bytes table = debug_sections_find(&list->info->sections, ".debug_addr");
	if (index > table.size / 8)
		return 0;
	struct cursor cursor = cursor_at(table, list->bases->addresses);
	if (cursor.bad || index * 8 > (uint64_t)(cursor.end - cursor.at))
		return 0;
	cursor.at += index * 8;
	return cursor_fixed(&cursor, 8);
}

/* One entry of a DWARF 5 list. False at the list's end; `range` is empty where it has none. */
static bool decode_entry(struct list *list, uint64_t *base, struct address_range *range)
{
	struct cursor *cursor = &list->cursor;
	*range = (struct address_range){0};
	switch (cursor_fixed(cursor, 1)) {
	case DW_RLE_base_addressx:
		*base = indexed_address(list, cursor_uleb(cursor));
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
		range->start = *base + cursor_uleb(cursor);
		range->end = *base + cursor_uleb(cursor);
		return true;
	case DW_RLE_base_address:
		*base = cursor_fixed(cursor, 8);
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
	uint64_t base = list->bases->address;
	struct address_range range;
	bool enough = true;
	while (enough && decode_entry(list, &base, &range) && !list->cursor.bad)
		enough = add_range(list->info, list->ranges, range.start, range.end);
	return enough;
}

/* DW_FORM_rnglistx is a number in a table of offsets that count from the table itself. */
static uint64_t indexed_list(struct elf_bytes lists, const struct bases *bases, uint64_t index)
{
	if (index > lists.size || bases->lists > lists.size)
		return UINT64_MAX;
	struct cursor cursor = cursor_at(lists, bases->lists + index * bases->offset_size);
	uint64_t offset = cursor_fixed(&cursor, bases->offset_size);
	return cursor.bad || offset > lists.size ? UINT64_MAX : bases->lists + offset;
}

static bool add_list(struct debug_info *info, Dwarf_Die die, Dwarf_Half form, uint64_t position,
	struct address_ranges *ranges)
{
	struct bases bases = read_bases(info, die);
	bool pairs = bases.version < 5;
	struct elf_bytes lists =
		debug_sections_find(&info->sections, pairs ? ".debug_ranges" : ".debug_rnglists");
	if (form == DW_FORM_rnglistx)
		position = indexed_list(lists, &bases, position);
	struct list list = {info, &bases, cursor_at(lists, position), ranges};
	bool enough = pairs ? decode_pairs(&list) : decode_entries(&list);
	if (list.cursor.bad)
		debug_note_problem(info, "a list of address ranges is damaged", NULL);
	return enough;
}

bool die_code(struct debug_info *info, Dwarf_Die die, struct address_ranges *ranges)
{
	Dwarf_Half form;
	uint64_t position;
	if (!die_form(info, die, DW_AT_ranges, &form))
		return add_low_to_high(info, die, ranges);
	bool known = form == DW_FORM_rnglistx
			     ? die_number(info, die, DW_AT_ranges, &position)
			     : die_section_offset(info, die, DW_AT_ranges, &position);
	return !known || add_list(info, die, form, position, ranges);
}
