/*
 * Hands an object's debug sections to libdwarf. libdwarf's own ELF reader would copy each
 * of them whole, trust their headers, and differ from release to release in how it is
 * called; this gives it the mapped bytes.
 */
#ifndef PTMEM_SYMBOL_DEBUG_SECTIONS_H
#define PTMEM_SYMBOL_DEBUG_SECTIONS_H

#include "symbol/debug_libdwarf.h"
#include "symbol/elf.h"

#include <stdbool.h>
#include <stddef.h>

/* .debug_info, .debug_abbrev, ...: the ones with functions, names and ranges in them. */
#define DEBUG_SECTION_KINDS 10

struct debug_section {
	const char *name; /* without the z of the older compression */
	struct elf_bytes bytes;
	bool ours; /* read by this folder alone: libdwarf does not see it */
};

/* Filled once, then only read; it must not move while libdwarf has it. */
struct debug_sections {
	struct debug_section items[1 + DEBUG_SECTION_KINDS]; /* the first stays empty, as in ELF */
	size_t count;
	const char *unreadable; /* the name of a section that is there and cannot be read */
#if LIBDWARF_RENEWED
	Dwarf_Obj_Access_Interface_a interface;
#else
	Dwarf_Obj_Access_Interface interface;
#endif
};

/* False where the object has no .debug_info. */
bool debug_sections_init(struct debug_sections *sections, struct elf_file *file);

/* The bytes of a section by name, empty where it is not there. */
struct elf_bytes debug_sections_find(const struct debug_sections *sections, const char *name);

/* libdwarf's verdict: DW_DLV_OK, with a handle for debug_sections_finish(), or not. */
int debug_sections_start(struct debug_sections *sections, Dwarf_Debug *handle, Dwarf_Error *error);
void debug_sections_finish(Dwarf_Debug handle);

#endif
