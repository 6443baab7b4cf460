/*
 * A .dwp: the split units of a program in one file. An index says which stretch of each section
 * belongs to a unit, by the unit's signature; of that stretch a file of one unit is made.
 *
 *     version, columns, rows, slots        (4 bytes each; DWARF 5: version is 2 bytes, 2 unused)
 *     signature (8) for each slot, row (4) for each slot
 *     section (4) for each column
 *     offset (4) for each row and column, size (4) for each row and column
 */
#include "symbol/debug_internal.h"

#include "symbol/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 16

struct package_index {
	struct map rows; /* by signature */
	unsigned version;
	uint64_t columns, count;
	enum debug_section kinds[MAX_COLUMNS]; /* DEBUG_SECTION_KINDS for what is of no use here */
	struct elf_bytes offsets, sizes;
	struct debug_file **parts; /* by row, once made */
};

struct debug_package {
	struct debug_file *file;
	struct package_index compilations, types;
};

static enum debug_section section_of_column(unsigned version, uint64_t id)
{
	switch (id) {
	case DW_SECT_INFO:
		return DEBUG_INFO;
	case 2: /* before DWARF 5 */
		return DEBUG_TYPES;
	case DW_SECT_ABBREV:
		return DEBUG_ABBREV;
	case DW_SECT_LINE:
		return DEBUG_LINE;
	case DW_SECT_STR_OFFSETS:
		return DEBUG_STR_OFFSETS;
	case DW_SECT_RNGLISTS: /* .debug_macro before DWARF 5 */
		return version >= 5 ? DEBUG_RNGLISTS : DEBUG_SECTION_KINDS;
	default:
		return DEBUG_SECTION_KINDS;
	}
}

/* The next so many bytes. */
static struct elf_bytes take(struct cursor *cursor, uint64_t size)
{
	struct elf_bytes bytes = {cursor->at, size};
	cursor_skip(cursor, size);
	return cursor->bad ? (struct elf_bytes){0} : bytes;
}

static bool map_rows(
	struct package_index *index, struct elf_bytes signatures, struct elf_bytes rows)
{
	struct cursor signature = cursor_at(signatures, 0), row = cursor_at(rows, 0);
	while (cursor_left(&row)) {
		uint64_t key = cursor_fixed(&signature, 8), value = cursor_fixed(&row, 4);
		if (value && value <= index->count &&
			!map_set(&index->rows, key, (uint32_t)value - 1))
			return false;
	}
	return true;
}

static bool read_index(struct elf_bytes bytes, struct package_index *index)
{
	struct cursor cursor = cursor_at(bytes, 0);
	index->version = (unsigned)cursor_fixed(&cursor, 2);
	cursor_skip(&cursor, 2);
	index->columns = cursor_fixed(&cursor, 4);
	index->count = cursor_fixed(&cursor, 4);
	uint64_t slots = cursor_fixed(&cursor, 4);
	if (cursor.bad || (index->version != 2 && index->version != 5) ||
		index->columns > MAX_COLUMNS || index->count > slots)
		return false;
	struct elf_bytes signatures = take(&cursor, slots * 8), rows = take(&cursor, slots * 4);
	for (uint64_t i = 0; i < index->columns; i++)
		index->kinds[i] = section_of_column(index->version, cursor_fixed(&cursor, 4));
	index->offsets = take(&cursor, index->count * index->columns * 4);
	index->sizes = take(&cursor, index->count * index->columns * 4);
	if (cursor.bad)
		return false;
	if (!index->count)
		return true;
	index->parts = calloc(index->count, sizeof *index->parts);
	return index->parts && map_rows(index, signatures, rows);
}

/* A section that is not there has no index, and one that is damaged finds nothing. */
static void open_index(
	struct debug_file *file, enum debug_section section, struct package_index *index)
{
	struct elf_bytes bytes = debug_section(file, section);
	if (bytes.size && !read_index(bytes, index)) {
		index->count = 0;
		debug_note_problem(file, "the index of the package is damaged");
	}
}

/* PATH.dwp, with so many bytes of the path. */
static bool find_named(
	const struct debug_info *info, const char *path, size_t length, struct found_file *found)
{
	char *whole;
	if (asprintf(&whole, "%.*s.dwp", (int)length, path) < 0)
		return false;
	bool there = search_path(&info->search, whole, found);
	free(whole);
	return there;
}

/* `PROGRAM.dwp`; for a debug file, `PROGRAM.debug`, that beside it, with its suffix or without. */
static bool find_package(const struct debug_info *info, struct found_file *found)
{
	const char *path = info->main->path;
	size_t length = strlen(path), suffix = strlen(".debug");
	if (find_named(info, info->object_path, strlen(info->object_path), found) ||
		find_named(info, path, length, found))
		return true;
	return length > suffix && !strcmp(path + length - suffix, ".debug") &&
	       find_named(info, path, length - suffix, found);
}

/* The units in it are found by the index, not by a walk over headers. */
static struct debug_file *open_file(struct debug_info *info)
{
	struct found_file found;
	struct elf_file *elf = NULL;
	if (!find_package(info, &found))
		return NULL;
	struct debug_file *file = NULL;
	struct ptmem_error *error = elf_file_open_any(found.path, found.fd, &elf);
	if (!error)
		file = debug_file_create(info, found.path, elf, true, DEBUG_SPLIT);
	for (enum debug_section kind = 0; file && kind < DEBUG_SECTION_KINDS; kind++)
		debug_section(file, kind);
	error_free(error);
	found_file_close(&found);
	return file;
}

static struct debug_package *package_of(struct debug_info *info)
{
	if (info->package_sought)
		return info->package;
	info->package_sought = true;
	struct debug_file *file = open_file(info);
	info->package = file ? calloc(1, sizeof *info->package) : NULL;
	if (!info->package) {
		debug_file_destroy(file);
		return NULL;
	}
	info->package->file = file;
	open_index(file, DEBUG_CU_INDEX, &info->package->compilations);
	open_index(file, DEBUG_TU_INDEX, &info->package->types);
	return info->package;
}

static struct elf_bytes slice(struct elf_bytes whole, uint64_t offset, uint64_t size)
{
	if (offset > whole.size || size > whole.size - offset)
		return (struct elf_bytes){0};
	return (struct elf_bytes){whole.data + offset, size};
}

static void take_sections(struct debug_file *package, const struct package_index *index,
	uint32_t row, struct debug_sections *sections)
{
	uint64_t at = row * index->columns * 4;
	struct cursor offset = cursor_at(index->offsets, at), size = cursor_at(index->sizes, at);
	*sections = (struct debug_sections){.unreadable = DEBUG_SECTION_KINDS};
	for (uint64_t i = 0; i < index->columns; i++) {
		uint64_t from = cursor_fixed(&offset, 4), length = cursor_fixed(&size, 4);
		enum debug_section kind = index->kinds[i];
		if (kind != DEBUG_SECTION_KINDS)
			sections->bytes[kind] = slice(debug_section(package, kind), from, length);
	}
	sections->bytes[DEBUG_STR] = debug_section(package, DEBUG_STR);
	sections->bytes[DEBUG_LINE_STR] = debug_section(package, DEBUG_LINE_STR);
}

static struct debug_file *make_part(
	struct debug_package *package, struct package_index *index, uint32_t row)
{
	struct debug_info *info = package->file->info;
	struct debug_file *part =
		debug_file_create(info, package->file->path, NULL, false, DEBUG_SPLIT);
	struct debug_file **place = part ? vec_append(&info->others) : NULL;
	if (!place) {
		debug_file_destroy(part);
		return NULL;
	}
	*place = part;
	take_sections(package->file, index, row, &part->sections);
	return debug_file_read_units(part) ? part : NULL;
}

struct debug_file *debug_package_part(
	struct debug_info *info, enum debug_section section, uint64_t signature)
{
	struct debug_package *package = package_of(info);
	if (!package)
		return NULL;
	struct package_index *index =
		section == DEBUG_CU_INDEX ? &package->compilations : &package->types;
	uint32_t row = map_get(&index->rows, signature);
	if (row == MAP_NONE || row >= index->count)
		return NULL;
	if (!index->parts[row])
		index->parts[row] = make_part(package, index, row);
	return index->parts[row];
}

static void deinit_index(struct package_index *index)
{
	map_deinit(&index->rows);
	free(index->parts);
}

void debug_package_close(struct debug_package *package)
{
	if (!package)
		return;
	deinit_index(&package->compilations);
	deinit_index(&package->types);
	debug_file_destroy(package->file);
	free(package);
}
