/*
 * What the debug_*.c files share.
 *
 *     struct debug_info     the debug info of one object, wherever it lies
 *     struct debug_file     a file that holds some of it: the object's own (or its separate
 *                           one), the supplement that dwz made, a .dwo, a unit's part of a .dwp
 *     struct debug_unit     a compilation, type or partial unit of a file
 *     struct die            an entry of a unit
 *
 * Units and files live as long as the debug info, and do not move: entries point to them.
 */
#ifndef PTMEM_SYMBOL_DEBUG_INTERNAL_H
#define PTMEM_SYMBOL_DEBUG_INTERNAL_H

#include "base/error.h"
#include "base/map.h"
#include "base/vec.h"
#include "symbol/debug_abbrev.h"
#include "symbol/debug_bytes.h"
#include "symbol/debug_info.h"
#include "symbol/debug_libdwarf.h"
#include "symbol/debug_sections.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct debug_unit;

/* An attribute's value as it is written: `text` for a string that is in place, else a number. */
struct form_value {
	uint16_t form; /* 0 where the attribute is missing */
	uint64_t number;
	const char *text;
};

/* An entry. Without a unit it is none. */
struct die {
	struct debug_unit *unit;
	uint64_t offset; /* in its section */
	const struct abbrev *abbrev;
	const struct abbrev_attribute *attributes;
	const uint8_t *values;
};

/* Code of a subprogram. */
struct debug_entry {
	uint64_t start;
	uint32_t size;
	bool entered; /* control enters here, not in another range of the same entry */
	uint64_t offset;
	struct debug_unit *unit;
};

struct debug_entries VEC(struct debug_entry);

/*
 * A method that does not say where it was declared, and the type it is in: gcc places a
 * lambda's type, and not its operator().
 */
struct debug_orphan {
	uint64_t offset, type;
};

struct debug_orphans VEC(struct debug_orphan);

/* What a line table says, from one address to the next. */
struct debug_line {
	uint32_t address; /* from the lines' base */
	uint32_t file, line;
};

struct debug_lines {
	uint64_t base;
	struct VEC(struct debug_line) rows;
	struct VEC(uint64_t) statements; /* where one begins, in ascending order */
};

/* The files that a line table names: by their numbers. Directory 0 is NULL before DWARF 5. */
struct line_file {
	const char *name; /* NULL where it is not there */
	uint64_t directory;
	const uint8_t *sum; /* MD5, of 16 bytes; NULL before DWARF 5, or where it is left out */
};

struct line_files {
	struct VEC(const char *) directories;
	struct VEC(struct line_file) files;
};

enum debug_progress {
	DEBUG_UNREAD,
	DEBUG_READ,
	DEBUG_UNREADABLE,
};

enum debug_match {
	DEBUG_NOT_MATCHED,
	DEBUG_MATCHES,
	DEBUG_DIFFERS,
};

struct debug_unit {
	struct debug_file *file;
	/* From the header. */
	uint64_t start, end, root; /* offsets in its section; the root is the first entry's */
	uint64_t abbreviations;
	uint64_t signature; /* a type's, or what ties a skeleton to its split unit */
	uint64_t type;      /* the offset of the type in a type unit, or 0 */
	bool listed;        /* an index has its ranges */
	uint8_t section;    /* DEBUG_INFO or DEBUG_TYPES */
	uint8_t version, kind, offset_size; /* DW_UT_..., also before DWARF 5 */

	/* From the root entry. */
	enum debug_progress root_progress;
	uint16_t tag;
	uint64_t language;
	struct form_value name, directory, split_name, low_pc, high_pc, ranges, lines_at;
	uint64_t strings_base, addresses_base, lists_base, split_lists_base;

	enum debug_match match; /* of its files with info->patterns */

	/* Read when first asked for. */
	enum debug_progress index_progress, files_progress, lines_progress, statements_progress,
		split_progress;
	const struct abbrev_table *table;
	struct debug_entries
		entries; /* by ascending address; of the split unit where there is one */
	struct debug_orphans orphans; /* by ascending offset */
	struct line_files files;
	struct debug_lines lines;
	struct unit_index *indexing;  /* the way through its entries that was interrupted, or NULL */
	struct line_machine *machine; /* the same through its line table */
	struct debug_unit *split;    /* what a skeleton stands for */
	struct debug_unit *skeleton; /* and the way back */
};

struct debug_units VEC(struct debug_unit);

struct debug_file {
	struct debug_info *info;
	struct debug_sections sections;
	struct elf_file *elf; /* to close; NULL where that is another's */
	char *path;
	enum debug_flavour flavour;
	struct debug_units units, types; /* of .debug_info and .debug_types, by ascending offset */
	struct map types_by_signature;   /* to an index into `units`, or behind them into `types` */
	struct abbrev_tables tables;
	struct abbrev_table scratch;
	struct debug_file *supplement;
	bool supplement_sought, damaged;

	/* libdwarf's view of one of its units, where it is the object's own. */
	Dwarf_Debug handle; /* NULL: not to be had */
	struct debug_libdwarf *libdwarf;
};

/* Code of a unit: [start, end). */
struct debug_range {
	uint64_t start, end;
	uint32_t unit; /* an index into the main file's, as far as they are known */
};

struct debug_ranges VEC(struct debug_range);

struct debug_package;
struct class_description;

struct debug_info {
	struct debug_file *main;
	struct search search;                               /* with a copy of the root */
	char *object_path;                                  /* what it is the debug info of */
	struct debug_files VEC(struct debug_file *) others; /* split files, parts, supplements */
	struct debug_package *package;
	struct debug_names VEC(char *) scoped_names;
	struct map scoped; /* by the entry's address in memory, to an index into them */
	bool present, package_sought;
	char *problem;
	uint64_t code_start, code_end;       /* code elsewhere was thrown away by the linker */
	struct debug_ranges outline;         /* by ascending start: as an index alone has it */
	struct debug_ranges ranges;          /* by ascending start: as the units have it */
	bool outlined, read;                 /* whether either was looked at */
	const struct pattern_list *patterns; /* that units were last matched with */
	uint64_t lists_spent, lines_spent;   /* bytes read of range lists and line tables */
	uint64_t types_spent;                /* the same of entries, for their types */
	struct debug_classes VEC(struct class_description) classes; /* that were described */
	struct map class_of; /* by the entry's address in memory, to an index into them */
};

/* debug_info.c */

/* When it is late, by CLOCK_MONOTONIC in ns; what has all the time it takes. */
#define DEBUG_NEVER UINT64_MAX
bool debug_is_late(uint64_t until);

/* Keeps the first problem found, with the file's name where that is not the object's own. */
void debug_note_problem(struct debug_file *file, const char *what);

/* debug_file.c */

/*
 * A file's sections, and the headers of its units. Takes the elf over, if told to; NULL when out
 * of memory (the elf is closed then). What is damaged is noted.
 */
struct debug_file *debug_file_create(struct debug_info *info, const char *path,
	struct elf_file *elf, bool owned, enum debug_flavour flavour);
void debug_file_destroy(struct debug_file *file);

/* Opens and reads a file that was found, whose descriptor is closed in any case. */
struct found_file;
struct debug_file *debug_file_open(
	struct debug_info *info, struct found_file *found, enum debug_flavour flavour);

/* Reads unit headers; false when out of memory. */
bool debug_file_read_units(struct debug_file *file);

/* A section's bytes; notes it where they cannot be read. */
struct elf_bytes debug_section(struct debug_file *file, enum debug_section kind);

/* The unit of a section that an offset lies in, and the type unit of a signature; or NULL. */
struct debug_unit *debug_unit_around(struct debug_file *file, enum debug_section kind, uint64_t at);
struct debug_unit *debug_unit_of_type(struct debug_file *file, uint64_t signature);

/* debug_unit.c */

/* Reads what the root entry says, unless that is done. False where it cannot be read. */
bool debug_unit_read_root(struct debug_unit *unit);

/* The unit that has the functions: itself, or what it is a skeleton of. NULL where that is missing.
 */
struct debug_unit *debug_unit_whole(struct debug_unit *unit);

/* The unit whose root entry has the bases, the line table and the directory. */
struct debug_unit *debug_unit_linked(struct debug_unit *unit);

/* debug_form.c */

/* Reads a value. `constant` is of DW_FORM_implicit_const. */
struct form_value form_read(
	struct cursor *cursor, const struct debug_unit *unit, uint64_t form, int64_t constant);

/* A string's text; NULL where it is none. */
const char *form_text(struct debug_unit *unit, const struct form_value *value);
bool form_address(struct debug_unit *unit, const struct form_value *value, uint64_t *address);
bool form_number(const struct form_value *value, uint64_t *number);

/* An offset in another section, which is a plain number before DWARF 4. */
bool form_offset(const struct form_value *value, uint64_t *offset);

/* An address by its number in the unit's part of .debug_addr. */
bool unit_address(struct debug_unit *unit, uint64_t index, uint64_t *address);

/* debug_die.c */

/* The entry at an offset of the unit's section; none where there is none. */
struct die die_at(struct debug_unit *unit, uint64_t offset);
struct die die_root(struct debug_unit *unit);

/* An attribute; its form is 0 where the entry has none. */
struct form_value die_value(const struct die *die, uint16_t attribute);
bool die_has(const struct die *die, uint16_t attribute);
const char *die_string(const struct die *die, uint16_t attribute);
bool die_number(const struct die *die, uint16_t attribute, uint64_t *number);
bool die_address(const struct die *die, uint16_t attribute, uint64_t *address);

/* The bytes of an attribute that is a block or an expression; empty where it is none. */
struct elf_bytes die_block(const struct die *die, uint16_t attribute);

/* The entry that a value refers to, in whatever unit and file; none where it does not. */
struct die die_of_reference(const struct die *from, const struct form_value *value);

/*
 * A walk over entries in the order they are written in, without recursion.
 *
 *     struct die_walk walk = die_walk_below(&die);
 *     while (die_walk_next(&walk, &die, into)) ...
 *
 * `into` says whether the children of the entry before are wanted; the depth of the new one is in
 * walk.depth, from 1. Ends with the entry's own subtree, or where it cannot be read, which is
 * noted.
 */
struct die_walk {
	struct debug_unit *unit;
	struct cursor cursor;
	const uint8_t *origin; /* of the section */
	unsigned depth;
	bool pending;     /* the last entry's children come next */
	uint64_t sibling; /* where they end, if that is known, or 0 */
};

struct die_walk die_walk_below(const struct die *die);
bool die_walk_next(struct die_walk *walk, struct die *die, bool into);

/* debug_ranges.c */

struct address_range {
	uint64_t start, end;
};

struct address_ranges VEC(struct address_range);

/* Where an entry's code is, by low_pc and high_pc or by ranges; false when out of memory. */
bool die_code(const struct die *die, struct address_ranges *ranges);

/* The same of a unit as a whole. */
bool unit_code(struct debug_unit *unit, struct address_ranges *ranges);

/* debug_aranges.c */

/* The ranges that .debug_aranges or .gdb_index tells of: of the units, once those are read; false
 * when out of memory. */
bool debug_aranges_read(struct debug_file *file, struct debug_ranges *ranges);

/* debug_index.c */

/* Reads the unit's functions unless that is done; false when out of memory. */
bool debug_unit_index(struct debug_unit *unit);

/* Reads them until it is so late; whether that is over. The next time it goes on there. */
bool debug_unit_prepare_index(struct debug_unit *unit, uint64_t until);
void debug_unit_drop_index(struct debug_unit *unit);

/* debug_function.c */

/* What an entry and those it refers to say. Returns the last of them, which has the scope. */
struct die debug_function_read(struct die die, struct debug_function *function);

/* debug_scope.c */

/* A name with the namespaces and types around its entry, kept by the debug info; or as it is. */
const char *debug_scoped_name(const struct die *die, const char *name);

/* debug_inlined.c */

/* Adds the calls that were inlined at an address of a function; false when out of memory. */
bool debug_inlined_read(const struct debug_entry *entry, uint64_t address, struct debug_site *site);

/* debug_match.c */

/* Whether any of the unit's files matches. */
bool debug_unit_may_match(struct debug_unit *unit, const struct pattern_list *patterns);

/* debug_libdwarf.c: libdwarf reads what a function's entry says, where that is in one plain file.
 */

struct entry_facts {
	const char *name, *linkage_name;
	uint64_t file, line; /* UINT64_MAX and 0 where unknown */
	struct die origin;   /* whose description this entry's is as well; or none */
};

/* False where libdwarf cannot or shall not read it. */
bool libdwarf_facts(const struct die *die, struct entry_facts *facts);
void libdwarf_close(struct debug_file *file);

/* debug_files.c */

/* A file of a unit by its number, absolute and folded, to free; NULL where there is none. */
char *debug_unit_file(struct debug_unit *unit, uint64_t number);

/* debug_lines.c */

/* The line of an address; false where none is known. */
bool debug_unit_line(struct debug_unit *unit, uint64_t address, uint64_t *file, int *line);

/* Reads it until it is so late; whether all of it is read. The next time it goes on there. */
bool debug_unit_prepare_lines(struct debug_unit *unit, uint64_t until);
void debug_unit_drop_lines(struct debug_unit *unit);

/* The whole table, with where statements begin, read when first asked for. */
const struct debug_lines *debug_unit_lines(struct debug_unit *unit);

/* debug_supplement.c */

/* The file that dwz moved shared entries to, or NULL. */
struct debug_file *debug_supplement(struct debug_file *file);

/* debug_split.c */

/* Finds what a skeleton stands for; NULL where it is not found, which is noted. */
struct debug_unit *debug_split_find(struct debug_unit *skeleton);

/* debug_package.c */

/* The part of a .dwp that has a unit, by its signature; NULL where there is none. */
struct debug_file *debug_package_part(
	struct debug_info *info, enum debug_section index, uint64_t signature);
void debug_package_close(struct debug_package *package);

#endif
