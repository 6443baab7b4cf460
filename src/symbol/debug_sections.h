/*
 * The debug sections of one file, or of one unit's part of a .dwp package. Compressed ones
 * are decompressed when they are first asked for: most runs never need the strings.
 */
#ifndef PTMEM_SYMBOL_DEBUG_SECTIONS_H
#define PTMEM_SYMBOL_DEBUG_SECTIONS_H

#include "symbol/elf.h"

#include <stdbool.h>
#include <stddef.h>

enum debug_section {
	DEBUG_INFO,
	DEBUG_ABBREV,
	DEBUG_LINE,
	DEBUG_STR,
	DEBUG_LINE_STR,
	DEBUG_RANGES,
	DEBUG_RNGLISTS,
	DEBUG_LOC,
	DEBUG_LOCLISTS,
	DEBUG_ADDR,
	DEBUG_STR_OFFSETS,
	DEBUG_TYPES,
	DEBUG_ARANGES,
	DEBUG_GDB_INDEX,
	DEBUG_ALTLINK, /* the name of a file that dwz made */
	DEBUG_SUP,     /* the same in DWARF 5, or that this is such a file */
	DEBUG_CU_INDEX,
	DEBUG_TU_INDEX,
	DEBUG_SECTION_KINDS,
};

/* The split ones are those for the debugger's eyes only: `.debug_info.dwo`. */
enum debug_flavour {
	DEBUG_LINKED,
	DEBUG_SPLIT,
};

struct debug_sections {
	struct elf_file *file; /* NULL where all bytes are known */
	enum debug_flavour flavour;
	size_t indices[DEBUG_SECTION_KINDS]; /* in the file, until the bytes are known; else 0 */
	struct elf_bytes bytes[DEBUG_SECTION_KINDS];
	uint8_t *joined[DEBUG_SECTION_KINDS]; /* of several sections of one name; to free */
	enum debug_section
		unreadable; /* one that is there and cannot be read, or the number of kinds */
};

/* The file must outlive what is found in it. */
void debug_sections_init(
	struct debug_sections *sections, struct elf_file *file, enum debug_flavour flavour);

void debug_sections_deinit(struct debug_sections *sections);

/* A section's bytes, empty where it is not there or cannot be read. */
struct elf_bytes debug_sections_get(struct debug_sections *sections, enum debug_section kind);

/* Whether it is there at all, readable or not. */
bool debug_sections_have(const struct debug_sections *sections, enum debug_section kind);

/* The standard name: without the z of the older compression, and without .dwo. */
const char *debug_section_name(enum debug_section kind);

#endif
