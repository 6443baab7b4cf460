/*
 * Which code units have, from the tables that spare reading the units: .debug_aranges, or else
 * the .gdb_index that a linker made. They are believed where they name the start of a unit; a unit
 * that they leave out is asked itself. Before units are known they are believed without.
 *
 *     .debug_aranges    (length, version, unit, address size, segment size, padding,
 *                       (start, size) ... 0 0) ...
 *     .gdb_index        version, offsets of five tables (4 bytes each);
 *                       units: (offset, length) of 8 bytes; addresses: (start, end, unit) of 8, 8,
 * 4
 */
#include "symbol/debug_internal.h"

/* Adds code of a unit, which may be unknown. */
static bool add_range(struct debug_file *file, struct debug_unit *unit, uint64_t start,
	uint64_t end, struct debug_ranges *ranges)
{
	const struct debug_info *info = file->info;
	if (start >= end || start < info->code_start || end > info->code_end || !start)
		return true;
	struct debug_range *new = vec_append(ranges);
	if (!new)
		return false;
	*new = (struct debug_range){start, end, UINT32_MAX};
	if (unit) {
		unit->listed = true;
		new->unit = (uint32_t)(unit - file->units.items);
	}
	return true;
}

static struct debug_unit *unit_at(struct debug_file *file, uint64_t start)
{
	struct debug_unit *unit = debug_unit_around(file, DEBUG_INFO, start);
	return unit && unit->start == start ? unit : NULL;
}

/* One unit's pairs. False when out of memory. */
static bool read_pairs(struct debug_file *file, struct cursor *cursor, struct debug_unit *unit,
	struct debug_ranges *ranges)
{
	bool enough = true;
	while (cursor_left(cursor) >= 16 && enough) {
		uint64_t start = cursor_fixed(cursor, 8), size = cursor_fixed(cursor, 8);
		if (start || size)
			enough = add_range(file, unit, start, start + size, ranges);
	}
	return enough;
}

static bool read_set(struct debug_file *file, struct cursor *cursor, struct debug_ranges *ranges)
{
	unsigned offset_size;
	struct cursor set = *cursor;
	uint64_t length = cursor_length(&set, &offset_size);
	cursor->bad = set.bad || length > cursor_left(&set);
	if (cursor->bad)
		return true;
	set.end = set.at + length;
	cursor->at = set.end;
	const uint8_t *start = set.at - (offset_size == 8 ? 12 : 4);
	uint64_t version = cursor_fixed(&set, 2);
	struct debug_unit *unit = unit_at(file, cursor_fixed(&set, offset_size));
	uint64_t sizes = cursor_fixed(&set, 2); /* of an address; of a segment selector */
	if (set.bad || version != 2 || sizes != 8 || (!unit && file->info->read))
		return true;
	/* Pairs begin at a multiple of their size, counted from the set's start. */
	uint64_t header = (uint64_t)(set.at - start);
	cursor_skip(&set, (16 - header % 16) % 16);
	return read_pairs(file, &set, unit, ranges);
}

static bool read_aranges(
	struct debug_file *file, struct elf_bytes bytes, struct debug_ranges *ranges)
{
	struct cursor cursor = cursor_at(bytes, 0);
	bool enough = true;
	while (cursor_left(&cursor) && enough)
		enough = read_set(file, &cursor, ranges);
	return enough;
}

/* A unit by its place in the index's own list. */
static struct debug_unit *listed_unit(struct debug_file *file, struct elf_bytes bytes,
	uint64_t list, uint64_t end, uint64_t index)
{
	if (index >= (end - list) / 16)
		return NULL;
	struct cursor cursor = cursor_at(bytes, list + index * 16);
	uint64_t start = cursor_fixed(&cursor, 8);
	return cursor.bad ? NULL : unit_at(file, start);
}

static bool read_gdb_index(
	struct debug_file *file, struct elf_bytes bytes, struct debug_ranges *ranges)
{
	struct cursor cursor = cursor_at(bytes, 0);
	uint64_t version = cursor_fixed(&cursor, 4), units = cursor_fixed(&cursor, 4);
	uint64_t types = cursor_fixed(&cursor, 4), addresses = cursor_fixed(&cursor, 4);
	uint64_t symbols = cursor_fixed(&cursor, 4);
	if (cursor.bad || version < 4 || version > 9 || units > types || types > addresses ||
		addresses > symbols || symbols > bytes.size)
		return true;
	cursor = cursor_at((struct elf_bytes){bytes.data, symbols}, addresses);
	bool enough = true;
	while (cursor_left(&cursor) >= 20 && enough) {
		uint64_t start = cursor_fixed(&cursor, 8), end = cursor_fixed(&cursor, 8);
		struct debug_unit *unit =
			listed_unit(file, bytes, units, types, cursor_fixed(&cursor, 4));
		if (unit || !file->info->read)
			enough = add_range(file, unit, start, end, ranges);
	}
	return enough;
}

bool debug_aranges_read(struct debug_file *file, struct debug_ranges *ranges)
{
	struct elf_bytes aranges = debug_section(file, DEBUG_ARANGES);
	return aranges.size ? read_aranges(file, aranges, ranges)
			    : read_gdb_index(file, debug_section(file, DEBUG_GDB_INDEX), ranges);
}
