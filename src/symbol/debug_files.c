/*
 * The headers of line tables, and the file names in them.
 *
 *     length, version, ..., opcode lengths,
 *     to DWARF 4:  directory\0 ... \0   (file\0 directory time size) ... \0
 *     DWARF 5:     (type form) ..., count, directories, the same for files
 */
#include "symbol/debug_lines.h"

#include "symbol/path.h"

#include <stdlib.h>
#include <string.h>

/* How often a section may be read over: units rarely share their tables. */
#define READ_OVER 16
#define READ_ANYWAY (16u << 20)

/* False once a file has made us read its tables again and again. */
static bool spend(struct debug_info *info, uint64_t bytes, uint64_t section)
{
	info->lines_spent += bytes;
	return info->lines_spent / READ_OVER <= section + READ_ANYWAY / READ_OVER;
}

static void read_opcodes(struct cursor *cursor, struct line_header *header)
{
	header->minimum = (unsigned)cursor_fixed(cursor, 1);
	header->operations = header->version >= 4 ? (unsigned)cursor_fixed(cursor, 1) : 1;
	header->statements = cursor_fixed(cursor, 1);
	header->line_base = (int8_t)cursor_fixed(cursor, 1);
	header->line_range = (unsigned)cursor_fixed(cursor, 1);
	header->opcode_base = (unsigned)cursor_fixed(cursor, 1);
	header->lengths = cursor->at;
	cursor_skip(cursor, header->opcode_base ? header->opcode_base - 1 : 0);
}

/* The part of the section that the table is. */
static bool bound_table(struct cursor *cursor, struct line_header *header)
{
	uint64_t length = cursor_length(cursor, &header->offset_size);
	if (cursor->bad || length > cursor_left(cursor))
		return false;
	cursor->end = cursor->at + length;
	return true;
}

bool line_header_read(struct debug_file *file, uint64_t offset, struct line_header *header)
{
	struct elf_bytes section = debug_section(file, DEBUG_LINE);
	struct cursor cursor = cursor_at(section, offset);
	*header = (struct line_header){.file = file};
	if (!bound_table(&cursor, header) || !spend(file->info, cursor_left(&cursor), section.size))
		return false;
	header->version = (unsigned)cursor_fixed(&cursor, 2);
	if (header->version >= 5)
		cursor_skip(&cursor, 2); /* sizes of addresses and of segment selectors */
	uint64_t length = cursor_fixed(&cursor, header->offset_size);
	header->program = cursor;
	cursor_skip(&header->program, length);
	read_opcodes(&cursor, header);
	header->tables = cursor;
	return !cursor.bad && header->version >= 2 && header->version <= 5;
}

static bool add_directory(struct line_files *files, const char *name)
{
	const char **new = vec_append(&files->directories);
	if (new)
		*new = name;
	return new != NULL;
}

static bool add_file(struct line_files *files, struct line_file file)
{
	struct line_file *new = vec_append(&files->files);
	if (new)
		*new = file;
	return new != NULL;
}

/* DWARF 2 to 4: both count from 1, and directory 0 is the unit's own. */
static bool read_old(struct cursor *cursor, struct line_files *files)
{
	bool enough = add_directory(files, NULL) && add_file(files, (struct line_file){0});
	const char *name;
	while (enough && (name = cursor_string(cursor)) && *name)
		enough = add_directory(files, name);
	while (enough && (name = cursor_string(cursor)) && *name) {
		struct line_file file = {.name = name, .directory = cursor_uleb(cursor)};
		cursor_uleb(cursor); /* when it was changed */
		cursor_uleb(cursor); /* how long it was */
		enough = add_file(files, file);
	}
	return enough;
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

/* Forms that take no bytes are for entries with abbreviations: here they would have no end. */
static bool takes_bytes(uint64_t form)
{
	return form != DW_FORM_flag_present && form != DW_FORM_implicit_const;
}

static struct line_file read_entry(
	const struct line_header *header, struct cursor *cursor, const struct fields *fields)
{
	struct debug_unit unit = {.file = header->file,
		.version = (uint8_t)header->version,
		.offset_size = (uint8_t)header->offset_size};
	struct line_file entry = {0};
	/* Strings by their number would need the bases of some unit, which no compiler asks for. */
	unit.root_progress = DEBUG_UNREADABLE;
	for (uint64_t i = 0; i < fields->count && !cursor->bad; i++) {
		const uint8_t *at = cursor->at;
		struct form_value value = form_read(cursor, &unit, fields->items[i].form, 0);
		cursor->bad |= !takes_bytes(value.form);
		if (fields->items[i].type == DW_LNCT_path)
			entry.name = form_text(&unit, &value);
		else if (fields->items[i].type == DW_LNCT_directory_index)
			form_number(&value, &entry.directory);
		else if (fields->items[i].type == DW_LNCT_MD5 && value.form == DW_FORM_data16)
			entry.sum = at;
	}
	return entry;
}

/* One of the two tables: directories, of which only the name counts, or files. */
static bool read_new(const struct line_header *header, struct cursor *cursor, bool directories,
	struct line_files *files)
{
	struct fields fields = read_fields(cursor);
	uint64_t count = cursor_uleb(cursor);
	/* Entries of nothing could be without end. */
	cursor->bad |= !fields.count && count;
	bool enough = true;
	for (uint64_t number = 0; number < count && !cursor->bad && enough; number++) {
		struct line_file entry = read_entry(header, cursor, &fields);
		if (!cursor->bad)
			enough = directories ? add_directory(files, entry.name)
					     : add_file(files, entry);
	}
	return enough;
}

static void read_tables(const struct line_header *header, struct line_files *files)
{
	struct cursor cursor = header->tables;
	if (header->version < 5)
		read_old(&cursor, files);
	else if (read_new(header, &cursor, true, files))
		read_new(header, &cursor, false, files);
	if (cursor.bad)
		debug_note_problem(header->file, "the header of a line table is damaged");
}

bool line_table_of(struct debug_unit *unit, struct line_header *header)
{
	uint64_t offset = 0;
	if (!debug_unit_read_root(unit))
		return false;
	/* Split units have one table without saying so, with names alone. */
	bool implied = unit->skeleton && debug_section(unit->file, DEBUG_LINE).size;
	if (!form_offset(&unit->lines_at, &offset) && !implied)
		return false;
	if (line_header_read(unit->file, offset, header))
		return true;
	debug_note_problem(unit->file, "a line table cannot be read");
	return false;
}

const struct line_files *debug_unit_files(struct debug_unit *unit)
{
	if (unit->files_progress == DEBUG_UNREAD) {
		struct line_header header;
		unit->files_progress = DEBUG_READ;
		if (line_table_of(unit, &header))
			read_tables(&header, &unit->files);
	}
	return &unit->files;
}

/* Joined from the right, each part standing before what is not absolute yet. Some compilers are
 * told to leave out where they ran: then it stays relative. The first directory may be that one. */
static char *absolute_path(const char *compiled_in, const char *directory, const char *name)
{
	bool is_first = directory && compiled_in && strcmp(directory, compiled_in) == 0;
	char *inner = path_join(directory && !is_first ? directory : ".", name);
	char *outer = inner ? path_join(compiled_in ? compiled_in : ".", inner) : NULL;
	char *folded = outer ? path_fold(outer) : NULL;
	free(inner);
	free(outer);
	return folded;
}

/* Where the compiler ran: split units may leave it to their skeletons. */
static const char *compiled_in(struct debug_unit *unit)
{
	struct debug_unit *linked = debug_unit_linked(unit);
	const char *directory = form_text(unit, &unit->directory);
	if (!directory && linked != unit && debug_unit_read_root(linked))
		directory = form_text(linked, &linked->directory);
	return directory;
}

char *line_file_path(struct debug_unit *unit, uint64_t number)
{
	const struct line_files *files = debug_unit_files(unit);
	if (number >= files->files.count || !files->files.items[number].name)
		return NULL;
	const struct line_file *file = &files->files.items[number];
	const char *directory = file->directory < files->directories.count
					? files->directories.items[file->directory]
					: NULL;
	return absolute_path(compiled_in(unit), directory, file->name);
}

char *debug_unit_file(struct debug_unit *unit, uint64_t number)
{
	/* Compilers number a split unit's files as in the skeleton's table, and may have one as
	 * well. */
	struct debug_unit *linked = debug_unit_linked(unit);
	bool own = debug_unit_read_root(unit) && unit->lines_at.form;
	char *path = line_file_path(own ? unit : linked, number);
	return path || own || linked == unit ? path : line_file_path(unit, number);
}
