/*
 * The debug info of one object, as object.c needs it: which addresses it describes, and
 * what it says of the function at one of them. libdwarf stays behind this header.
 *
 * Opening walks the headers and root entries of the compilation units and nothing else.
 * Damaged debug info is not an error here: what could be read is there, and
 * debug_info_problem() says what could not.
 */
#ifndef PTMEM_SYMBOL_DEBUG_INFO_H
#define PTMEM_SYMBOL_DEBUG_INFO_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/elf.h"

#include <stdbool.h>
#include <stdint.h>

struct debug_info;

/* What is said of a function; NULL and 0 where nothing is. Names are the debug info's. */
struct debug_function {
	const char *name;         /* as the source has it, without its scope */
	const char *linkage_name; /* mangled */
	char *file;               /* absolute, folded; to free */
	int line;
};

/* A function that only the debug info knows. */
struct debug_symbol {
	uint64_t address, size; /* the size is 0 where unknown */
	const char *name;       /* mangled where that is known; the debug info's */
};

struct debug_symbols VEC(struct debug_symbol);

/* Fails only for want of memory. The file must outlive what is opened. */
struct ptmem_error *debug_info_open(struct elf_file *file, struct debug_info **info);
void debug_info_close(struct debug_info *info);

bool debug_info_is_present(const struct debug_info *info);

/* One line about what is there and cannot be read, or NULL. */
const char *debug_info_problem(const struct debug_info *info);

/* Whether a compilation unit says that its code is here. */
bool debug_info_covers(const struct debug_info *info, uint64_t address);

/* What the function that begins here is; all zero where it is not described. */
struct ptmem_error *debug_info_find(
	struct debug_info *info, uint64_t address, struct debug_function *function);

/* Every function there is, by reading all units: for objects without a symbol table. */
struct ptmem_error *debug_info_list(struct debug_info *info, struct debug_symbols *symbols);

#endif
