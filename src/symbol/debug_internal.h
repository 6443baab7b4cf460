/*
 * What the debug_*.c files share: the units of an object's debug info, and reading one
 * entry (a DIE) of them. Every call into libdwarf is made through a Dwarf_Error of ours,
 * since it aborts the process where it has none to fill.
 */
#ifndef PTMEM_SYMBOL_DEBUG_INTERNAL_H
#define PTMEM_SYMBOL_DEBUG_INTERNAL_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/debug_info.h"
#include "symbol/debug_libdwarf.h"
#include "symbol/debug_sections.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A subprogram that has code. */
struct debug_entry {
	uint64_t address, size;
	Dwarf_Off offset; /* in .debug_info */
};

struct debug_entries VEC(struct debug_entry);

/*
 * A method that does not say where it was declared, and the type it is in: gcc places a
 * lambda's type, and not its operator().
 */
struct debug_orphan {
	Dwarf_Off offset, type;
};

struct debug_orphans VEC(struct debug_orphan);

/* A compilation unit. Its functions are read when first asked for. */
struct debug_unit {
	Dwarf_Off root;  /* the offset of its root entry in .debug_info */
	uint64_t length; /* in bytes, which bounds the number of its entries */
	struct debug_entries entries;
	struct debug_orphans orphans; /* by ascending offset */
	bool indexed;
};

/* Code of a unit: [start, end). */
struct debug_range {
	uint64_t start, end;
	uint32_t unit;
};

struct debug_info {
	Dwarf_Debug handle; /* NULL where there is nothing that libdwarf accepts */
	struct debug_sections sections;
	bool present;
	char *problem;
	uint64_t load_start, load_end; /* code elsewhere was thrown away by the linker */
	struct debug_units VEC(struct debug_unit) units;    /* by ascending root */
	struct debug_ranges VEC(struct debug_range) ranges; /* by ascending start */
};

/* debug_info.c */

/* Keeps the first problem found. Frees the error; NULL-safe in both. */
void debug_note_problem(struct debug_info *info, const char *what, Dwarf_Error error);

/* The unit that an entry belongs to, or NULL. */
struct debug_unit *debug_unit_of(struct debug_info *info, Dwarf_Die die);

/* debug_die.c */

/* The entry at an offset of .debug_info; NULL where there is none. To free. */
Dwarf_Die die_at(struct debug_info *info, Dwarf_Off offset);
void die_free(Dwarf_Die die);

/* Child and next sibling; NULL at the end and where they cannot be read. To free. */
Dwarf_Die die_child(struct debug_info *info, Dwarf_Die die);
Dwarf_Die die_sibling(struct debug_info *info, Dwarf_Die die);

/* DW_TAG_..., or 0. */
Dwarf_Half die_tag(struct debug_info *info, Dwarf_Die die);
Dwarf_Off die_offset(struct debug_info *info, Dwarf_Die die);

/* An attribute's value; false where the entry has none of that type. */
bool die_address(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute, uint64_t *value);
bool die_number(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute, uint64_t *value);
bool die_form(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute, Dwarf_Half *form);

/* An offset in another section, which is a plain number before DWARF 4. */
bool die_section_offset(
	struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute, uint64_t *value);
bool die_has(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute);
const char *die_string(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute);

/* The entry that an attribute refers to, in whatever unit; NULL where it does not. To free. */
Dwarf_Die die_reference(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute);

/* debug_ranges.c */

struct address_range {
	uint64_t start, end;
};

struct address_ranges VEC(struct address_range);

/* Where an entry's code is, by low_pc and high_pc or by ranges; false when out of memory. */
bool die_code(struct debug_info *info, Dwarf_Die die, struct address_ranges *ranges);

/* debug_index.c */

/* Reads the unit's functions unless that is done; false when out of memory. */
bool debug_unit_index(struct debug_info *info, struct debug_unit *unit);

/* debug_files.c */

/* A file of a unit by its number, absolute and folded, to free; NULL where there is none. */
char *debug_unit_file(struct debug_info *info, const struct debug_unit *unit, uint64_t number);

#endif
