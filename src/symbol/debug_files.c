/*
 * The file names of a unit, from the header of its line table. They are decoded here, one
 * when it is asked for: libdwarf would decode and join them all, and believes what a damaged
 * header says of their number.
 *
 *     length, version, ..., opcode lengths,
 *     to DWARF 4:  directory\0 ... \0   (file\0 directory time size) ... \0
 *     DWARF 5:     (type form) ..., count, directories, the same for files
 */
#include "symbol/debug_bytes.h"
#include "symbol/debug_internal.h"
#include "symbol/path.h"

#include <string.h>

#define NO_INDEX UINT64_MAX

struct line_header {
	struct debug_info *info;
	unsigned version, offset_size;
	struct cursor tables; /* the directories, and then the files */
};

/* A directory (of which only the name counts) or a file. */
struct line_entry {
	const char *name; /* NULL where it is not there */
	uint64_t directory;
};

static bool read_header(struct debug_info *info, uint64_t offset, struct line_header *header)
{
	struct cursor cursor =
		cursor_at(debug_sections_find(&info->sections, ".debug_line"), offset);
	uint64_t length = cursor_fixed(&cursor, 4);
	*header = (struct line_header){.info = info, .offset_size = 4};
	if (length == 0xffffffff) {
		header->offset_size = 8;
		length = cursor_fixed(&cursor, 8);
	}
	if (!cursor.bad && length < (uint64_t)(cursor.end - cursor.at))
		cursor.end = cursor.at + length;

	header->version = (unsigned)cursor_fixed(&cursor, 2);
	if (header->version >= 5)
		cursor_skip(&cursor, 2); /* sizes of addresses and of segment selectors */
	cursor_skip(&cursor, header->offset_size);
	/* What steers the line program, until the lengths of its opcodes. */
	cursor_skip(&cursor, header->version >= 4 ? 5 : 4);
	uint64_t opcodes = cursor_fixed(&cursor, 1);
	cursor_skip(&cursor, opcodes ? opcodes - 1 : 0);
	header->tables = cursor;
	return !cursor.bad && header->version >= 2 && header->version <= 5;
}

/* DWARF 2 to 4: the directory of a number, from 1; the cursor ends behind all of them. */
static const char *old_directory(struct cursor *cursor, uint64_t wanted)
{
	const char *found = NULL;
	for (uint64_t number = 1;; number++) {
		const char *name = cursor_string(cursor);
		if (!name || !*name)
			return found;
		if (number == wanted)
			found = name;
	}
}

/* The file of a number, from 1; the cursor stands at the first. */
static struct line_entry old_file(struct cursor *cursor, uint64_t wanted)
{
	for (uint64_t number = 1;; number++) {
		struct line_entry file = {.name = cursor_string(cursor)};
		if (!file.name || !*file.name)
			return (struct line_entry){0};
		file.directory = cursor_uleb(cursor);
		cursor_uleb(cursor); /* when it was changed */
		cursor_uleb(cursor); /* how long it was */
		if (number == wanted)
			return file;
	}
}

/* DWARF 5: what each entry of a table consists of. */
#define MAX_FIELDS 16

struct fields {
	struct {
		uint64_t type, form;
	} items[MAX_FIELDS];
	uint64_t count;
};

static struct fields read_fields(struct cursor *cursor)
{
	struct fields fields = {.count = cursor_fixed(cursor, 1)};
	if (fields.count > MAX_FIELDS)
		cursor->bad = true;
	for (uint64_t i = 0; i < fields.count && !cursor->bad; i++) {
		fields.items[i].type = cursor_uleb(cursor);
		fields.items[i].form = cursor_uleb(cursor);
	}
	return fields;
}

static const char *string_in(const struct line_header *header, const char *section, uint64_t offset)
{
	struct cursor cursor =
		cursor_at(debug_sections_find(&header->info->sections, section), offset);
	return cursor_string(&cursor);
}

static const char *read_string(
	const struct line_header *header, struct cursor *cursor, uint64_t form)
{
	switch (form) {
	case DW_FORM_string:
		return cursor_string(cursor);
	case DW_FORM_line_strp:
		return string_in(
			header, ".debug_line_str", cursor_fixed(cursor, header->offset_size));
	case DW_FORM_strp:
		return string_in(header, ".debug_str", cursor_fixed(cursor, header->offset_size));
	default:
		cursor->bad = true; /* no compiler writes another */
		return NULL;
	}
}

static uint64_t read_number(struct cursor *cursor, uint64_t form)
{
	switch (form) {
	case DW_FORM_udata:
		return cursor_uleb(cursor);
	case DW_FORM_data1:
		return cursor_fixed(cursor, 1);
	case DW_FORM_data2:
		return cursor_fixed(cursor, 2);
	case DW_FORM_data4:
		return cursor_fixed(cursor, 4);
	case DW_FORM_data8:
		return cursor_fixed(cursor, 8);
	case DW_FORM_data16:
		cursor_skip(cursor, 16);
		return 0;
	case DW_FORM_block:
		cursor_skip(cursor, cursor_uleb(cursor));
		return 0;
	default:
		cursor->bad = true;
		return 0;
	}
}

static bool is_string(uint64_t form)
{
	return form == DW_FORM_string || form == DW_FORM_line_strp || form == DW_FORM_strp;
}

static struct line_entry read_entry(
	const struct line_header *header, struct cursor *cursor, const struct fields *fields)
{
	struct line_entry entry = {0};
	for (uint64_t i = 0; i < fields->count && !cursor->bad; i++) {
		uint64_t type = fields->items[i].type, form = fields->items[i].form;
		if (is_string(form)) {
			const char *text = read_string(header, cursor, form);
			entry.name = type == DW_LNCT_path ? text : entry.name;
		} else {
			uint64_t number = read_number(cursor, form);
			entry.directory =
				type == DW_LNCT_directory_index ? number : entry.directory;
		}
	}
	return entry;
}

/* The entry of a number, from 0; the cursor ends behind the table where there is none. */
static struct line_entry new_entry(
	const struct line_header *header, struct cursor *cursor, uint64_t wanted)
{
	struct fields fields = read_fields(cursor);
	uint64_t count = cursor_uleb(cursor);
	/* Entries of nothing could be without end. */
	if (!fields.count && count)
		cursor->bad = true;
	for (uint64_t number = 0; number < count && !cursor->bad; number++) {
		struct line_entry entry = read_entry(header, cursor, &fields);
		if (number == wanted && !cursor->bad)
			return entry;
	}
	return (struct line_entry){0};
}

/* A file's name and that of its directory: NULL for the unit's own. */
static const char *find_file(
	const struct line_header *header, uint64_t number, const char **directory)
{
	struct cursor directories = header->tables, files = header->tables;
	struct line_entry file;
	if (header->version >= 5) {
		new_entry(header, &files, NO_INDEX);
		file = new_entry(header, &files, number);
		*directory = new_entry(header, &directories, file.directory).name;
	} else {
		old_directory(&files, NO_INDEX);
		file = old_file(&files, number);
		*directory = old_directory(&directories, file.directory);
	}
	if (files.bad || directories.bad)
		debug_note_problem(header->info, "the header of a line table is damaged", NULL);
	return file.name;
}

/* Joined from the right, each part standing before what is not absolute yet. */
static char *absolute_path(const char *compiled_in, const char *directory, const char *name)
{
	char *inner = path_join(directory ? directory : ".", name);
	char *outer = inner ? path_join(compiled_in ? compiled_in : ".", inner) : NULL;
	char *folded = outer && *outer == '/' ? path_fold(outer) : NULL;
	free(inner);
	free(outer);
	return folded;
}

char *debug_unit_file(struct debug_info *info, const struct debug_unit *unit, uint64_t number)
{
	Dwarf_Die root = die_at(info, unit->root);
	uint64_t offset;
	struct line_header header;
	char *path = NULL;
	if (root && die_section_offset(info, root, DW_AT_stmt_list, &offset)) {
		const char *directory = NULL, *name = NULL;
		if (read_header(info, offset, &header))
			name = find_file(&header, number, &directory);
		else
			debug_note_problem(info, "a line table cannot be read", NULL);
		const char *compiled_in = die_string(info, root, DW_AT_comp_dir);
		path = name && *name ? absolute_path(compiled_in, directory, name) : NULL;
	}
	die_free(root);
	return path;
}
