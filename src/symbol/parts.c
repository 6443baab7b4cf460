/* The parts that a compiler moved away from a function. */
#include "symbol/parts.h"

#include "symbol/demangle.h"
#include "symbol/symbol_table.h"

#include <string.h>

/* What is looked for, and what was found of it. */
struct quest {
	uint64_t address;
	const char *part; /* the symbol of the part, and which source file it is of */
	size_t file;
	size_t stem; /* the length of the function's symbol in that of its part */
	uint64_t owner;
	bool is_local, is_found;
};

static bool covers(const Elf64_Sym *symbol, uint64_t address)
{
	return address >= symbol->st_value && address - symbol->st_value < symbol->st_size;
}

/* Local symbols stand behind the one of their source file, whose number is `file`. */
typedef void visit_symbol(
	struct quest *quest, const Elf64_Sym *symbol, const char *name, size_t file);

static void visit_table(
	struct elf_file *elf, size_t index, visit_symbol *visit, struct quest *quest)
{
	struct symbol_table table;
	Elf64_Sym symbol;
	const char *name;
	size_t file = 0;

	if (!symbol_table_open(elf, index, &table))
		return;
	while (symbol_table_next(&table, &symbol)) {
		file += ELF64_ST_TYPE(symbol.st_info) == STT_FILE;
		if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC)
			continue;
		name = symbol_table_name(&table, &symbol);
		if (name)
			visit(quest, &symbol, name, file);
	}
}

static void visit_symbols(struct elf_file *elf, visit_symbol *visit, struct quest *quest)
{
	for (size_t i = 0; i < elf_section_count(elf); i++)
		if (elf_section(elf, i)->kind == ELF_SECTION_SYMTAB)
			visit_table(elf, i, visit, quest);
}

static void find_part(struct quest *quest, const Elf64_Sym *symbol, const char *name, size_t file)
{
	if (quest->part || !covers(symbol, quest->address) || !symbol_is_cold_part(name))
		return;
	quest->part = name;
	quest->file = file;
}

/* A local function of the same source file, else a global one. */
static void find_owner(struct quest *quest, const Elf64_Sym *symbol, const char *name, size_t file)
{
	bool is_local = ELF64_ST_BIND(symbol->st_info) == STB_LOCAL;

	if (strncmp(name, quest->part, quest->stem) != 0 || name[quest->stem] ||
		(is_local ? file != quest->file : quest->is_local))
		return;
	quest->owner = symbol->st_value;
	quest->is_local = is_local;
	quest->is_found = true;
}

bool part_owner(struct elf_file *file, uint64_t address, uint64_t *owner)
{
	struct quest quest = {.address = address};

	visit_symbols(file, find_part, &quest);
	if (!quest.part)
		return false;
	quest.stem = symbol_stem_of_part(quest.part);
	visit_symbols(file, find_owner, &quest);
	if (quest.is_found)
		*owner = quest.owner;
	return quest.is_found;
}
