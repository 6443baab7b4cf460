/* The entries of a symbol table. */
#include "symbol/symbol_table.h"

#include <string.h>

bool symbol_table_open(struct elf_file *file, size_t index, struct symbol_table *table)
{
	*table = (struct symbol_table){0};
	return elf_section_bytes(file, index, &table->entries) &&
	       elf_section_bytes(file, elf_section(file, index)->link, &table->names);
}

/* The entry is copied: the table need not be aligned. */
bool symbol_table_next(struct symbol_table *table, Elf64_Sym *symbol)
{
	if (table->entries.size - table->at < sizeof *symbol)
		return false;
	memcpy(symbol, table->entries.data + table->at, sizeof *symbol);
	table->at += sizeof *symbol;
	return true;
}

const char *symbol_table_name(const struct symbol_table *table, const Elf64_Sym *symbol)
{
	const struct elf_bytes *names = &table->names;
	if (symbol->st_name >= names->size)
		return NULL;
	const char *name = (const char *)names->data + symbol->st_name;
	return memchr(name, '\0', names->size - symbol->st_name) ? name : NULL;
}
