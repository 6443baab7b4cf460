/*
 * The vtables of an ELF object, by the symbols that compilers give them (`_ZTV4Grid`): which class
 * one is of, and where in an object of that class a pointer to it stands. Read when first asked
 * for; nothing of this needs debug info.
 */
#ifndef PTMEM_SYMBOL_VTABLES_H
#define PTMEM_SYMBOL_VTABLES_H

#include "base/vec.h"
#include "symbol/elf.h"

#include <stdbool.h>
#include <stdint.h>

struct vtable_symbol {
	uint64_t address, size;
	const char *symbol; /* the file's */
};

/* In ascending order of address. Zeroed has not been read. */
struct vtables {
	struct VEC(struct vtable_symbol) list;
	bool is_read;
};

/* Adds those of a file's symbol tables; they are sorted when this returns. */
void vtables_read(struct vtables *vtables, struct elf_file *file);
void vtables_deinit(struct vtables *vtables);

/* The one that an address lies in, or NULL. */
const struct vtable_symbol *vtables_at(const struct vtables *vtables, uint64_t address);

/* The class that it is of: of one that stands for a part of an object while that is being
 * constructed, the part's. To free; NULL where that cannot be told. */
char *vtable_class(const struct vtable_symbol *vtable);

#endif
