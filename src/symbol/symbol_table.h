/* The entries of a symbol table, one after the other. */
#ifndef PTMEM_SYMBOL_SYMBOL_TABLE_H
#define PTMEM_SYMBOL_SYMBOL_TABLE_H

#include "symbol/elf.h"

#include <elf.h>
#include <stdbool.h>

/*
 *     struct symbol_table table;
 *     if (symbol_table_open(file, index, &table))
 *             while (symbol_table_next(&table, &symbol)) ...
 *
 * Nothing is owned, and all of it is good as long as the file is open.
 */
struct symbol_table {
	struct elf_bytes entries, names;
	size_t at;
};

/* Of the section at this index; false where that is none that can be read. */
bool symbol_table_open(struct elf_file *file, size_t index, struct symbol_table *table);

/* False at the end. */
bool symbol_table_next(struct symbol_table *table, Elf64_Sym *symbol);

/* NULL where it does not lie whole inside the string table. Most symbols need none. */
const char *symbol_table_name(const struct symbol_table *table, const Elf64_Sym *symbol);

#endif
