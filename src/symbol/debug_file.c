/*
 * One file of debug info: its sections, and its units by the headers alone.
 *
 *     length, version, [DWARF 5: kind, address size,] offset of abbreviations, [address size,]
 *     [signature, [offset of the type]]
 */
#include "symbol/debug_internal.h"

#include "symbol/search.h"

#include <stdlib.h>
#include <string.h>

#define MAX_UNITS (1u << 24)

struct elf_bytes debug_section(struct debug_file *file, enum debug_section kind)
{
	struct elf_bytes bytes = debug_sections_get(&file->sections, kind);
	if (file->sections.unreadable == kind && !bytes.data)
		debug_note_problem(file, "truncated, or compressed in an unknown way");
	return bytes;
}

static unsigned header_kind(struct cursor *cursor, unsigned version, enum debug_section section)
{
	if (version >= 5)
		return (unsigned)cursor_fixed(cursor, 1);
	return section == DEBUG_TYPES ? DW_UT_type : DW_UT_compile;
}

static bool has_signature(unsigned kind)
{
	return kind == DW_UT_skeleton || kind == DW_UT_split_compile || kind == DW_UT_type ||
	       kind == DW_UT_split_type;
}

static bool is_of_type(const struct debug_unit *unit)
{
	return unit->kind == DW_UT_type || unit->kind == DW_UT_split_type;
}

/* What follows version and length. The unit's start and end are known. */
static bool read_header(struct cursor *cursor, const uint8_t *origin, struct debug_unit *unit)
{
	unsigned kind = header_kind(cursor, unit->version, unit->section);
	uint64_t address_size = unit->version >= 5 ? cursor_fixed(cursor, 1) : 0;
	unit->kind = (uint8_t)kind;
	unit->abbreviations = cursor_fixed(cursor, unit->offset_size);
	if (unit->version < 5)
		address_size = cursor_fixed(cursor, 1);
	if (has_signature(kind))
		unit->signature = cursor_fixed(cursor, 8);
	if (is_of_type(unit))
		unit->type = unit->start + cursor_fixed(cursor, unit->offset_size);
	unit->root = (uint64_t)(cursor->at - origin);
	return !cursor->bad && kind && kind <= DW_UT_split_type && address_size == 8;
}

/*
 * One unit, from the cursor on, which ends behind it. False where there cannot be another
 * behind it; `unit->version` is 0 for one that cannot be read but passed, `unit->end` for mere
 * padding.
 */
static bool next_unit(struct cursor *cursor, const uint8_t *origin, struct debug_unit *unit)
{
	unsigned offset_size;
	unit->start = (uint64_t)(cursor->at - origin);
	uint64_t length = cursor_length(cursor, &offset_size);
	if (cursor->bad || length > cursor_left(cursor))
		return false;
	if (!length)
		return true;
	struct cursor inside = {cursor->at, cursor->at + length, false};
	cursor_skip(cursor, length);
	unit->end = (uint64_t)(cursor->at - origin);
	unit->offset_size = (uint8_t)offset_size;
	uint64_t version = cursor_fixed(&inside, 2);
	unit->version = version >= 2 && version <= 5 ? (uint8_t)version : 0;
	if (unit->version && !read_header(&inside, origin, unit))
		unit->version = 0;
	return true;
}

static bool add_unit(struct debug_units *units, const struct debug_unit *unit)
{
	struct debug_unit *new = vec_append(units);
	if (!new)
		return false;
	*new = *unit;
	return true;
}

/* False when out of memory. */
static bool take_unit(
	struct debug_file *file, struct debug_units *units, const struct debug_unit *unit)
{
	if (!unit->end)
		return true;
	if (unit->version)
		return add_unit(units, unit);
	file->damaged = true;
	debug_note_problem(file, "a unit's header is damaged, or of an unknown version");
	return true;
}

static bool read_section(
	struct debug_file *file, enum debug_section section, struct debug_units *units)
{
	struct elf_bytes bytes = debug_section(file, section);
	struct cursor cursor = cursor_at(bytes, 0);
	while (cursor_left(&cursor) && units->count < MAX_UNITS) {
		struct debug_unit unit = {.file = file, .section = (uint8_t)section};
		if (!next_unit(&cursor, bytes.data, &unit)) {
			file->damaged = true;
			debug_note_problem(file, "a unit is longer than its section");
			break;
		}
		if (!take_unit(file, units, &unit))
			return false;
	}
	return true;
}

static bool map_types(struct debug_file *file, const struct debug_units *units, size_t before)
{
	for (size_t i = 0; i < units->count; i++) {
		const struct debug_unit *unit = &units->items[i];
		if (is_of_type(unit) && !map_set(&file->types_by_signature, unit->signature,
						(uint32_t)(before + i)))
			return false;
	}
	return true;
}

bool debug_file_read_units(struct debug_file *file)
{
	return read_section(file, DEBUG_INFO, &file->units) &&
	       read_section(file, DEBUG_TYPES, &file->types) && map_types(file, &file->units, 0) &&
	       map_types(file, &file->types, file->units.count);
}

struct debug_unit *debug_unit_of_type(struct debug_file *file, uint64_t signature)
{
	uint32_t index = map_get(&file->types_by_signature, signature);
	if (index == MAP_NONE)
		return NULL;
	return index < file->units.count ? &file->units.items[index]
					 : &file->types.items[index - file->units.count];
}

struct debug_unit *debug_unit_around(struct debug_file *file, enum debug_section kind, uint64_t at)
{
	struct debug_units *units = kind == DEBUG_TYPES ? &file->types : &file->units;
	size_t low = 0, high = units->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (units->items[middle].start <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low && at < units->items[low - 1].end ? &units->items[low - 1] : NULL;
}

struct debug_file *debug_file_create(struct debug_info *info, const char *path,
	struct elf_file *elf, bool owned, enum debug_flavour flavour)
{
	struct debug_file *new = calloc(1, sizeof *new);
	char *copy = strdup(path);
	if (!new || !copy) {
		free(new);
		free(copy);
		if (owned)
			elf_file_close(elf);
		return NULL;
	}
	*new = (struct debug_file){
		.info = info, .path = copy, .elf = owned ? elf : NULL, .flavour = flavour};
	if (elf)
		debug_sections_init(&new->sections, elf, flavour);
	return new;
}

static void deinit_units(struct debug_units *units)
{
	for (size_t i = 0; i < units->count; i++) {
		debug_unit_drop_index(&units->items[i]);
		debug_unit_drop_lines(&units->items[i]);
		vec_deinit(&units->items[i].entries);
		vec_deinit(&units->items[i].orphans);
		vec_deinit(&units->items[i].lines.rows);
		vec_deinit(&units->items[i].lines.statements);
		vec_deinit(&units->items[i].files.directories);
		vec_deinit(&units->items[i].files.files);
	}
	vec_deinit(units);
}

void debug_file_destroy(struct debug_file *file)
{
	if (!file)
		return;
	libdwarf_close(file);
	deinit_units(&file->units);
	deinit_units(&file->types);
	map_deinit(&file->types_by_signature);
	abbrev_tables_deinit(&file->tables);
	abbrev_table_deinit(&file->scratch);
	debug_sections_deinit(&file->sections);
	elf_file_close(file->elf);
	free(file->path);
	free(file);
}

/* All sections are fetched, since the descriptor is not kept: there may be thousands of files. */
static void fetch_sections(struct debug_file *file)
{
	for (enum debug_section kind = 0; kind < DEBUG_SECTION_KINDS; kind++)
		debug_section(file, kind);
}

struct debug_file *debug_file_open(
	struct debug_info *info, struct found_file *found, enum debug_flavour flavour)
{
	struct elf_file *elf = NULL;
	struct debug_file *file = NULL;
	struct ptmem_error *error = elf_file_open_any(found->path, found->fd, &elf);
	if (!error)
		file = debug_file_create(info, found->path, elf, true, flavour);
	if (file) {
		fetch_sections(file);
		if (!debug_file_read_units(file)) {
			debug_file_destroy(file);
			file = NULL;
		}
	}
	error_free(error);
	found_file_close(found);
	return file;
}
