/* Vtables, by their symbols. */
#include "symbol/vtables.h"

#include "symbol/demangle.h"
#include "symbol/symbol_table.h"

#include <stdlib.h>
#include <string.h>

void vtables_deinit(struct vtables *vtables)
{
	vec_deinit(&vtables->list);
}

static bool is_vtable(const Elf64_Sym *symbol, const char *name)
{
	return name && (!strncmp(name, "_ZTV", 4) || !strncmp(name, "_ZTC", 4)) &&
	       symbol->st_shndx != SHN_UNDEF && symbol->st_shndx != SHN_ABS && symbol->st_size;
}

static void read_table(struct vtables *vtables, struct elf_file *file, size_t index)
{
	struct symbol_table table;
	Elf64_Sym symbol;

	if (!symbol_table_open(file, index, &table))
		return;
	while (symbol_table_next(&table, &symbol)) {
		const char *name = symbol_table_name(&table, &symbol);
		struct vtable_symbol *new =
			is_vtable(&symbol, name) ? vec_append(&vtables->list) : NULL;

		if (new)
			*new = (struct vtable_symbol){symbol.st_value, symbol.st_size, name};
	}
}

static int compare(const void *a, const void *b)
{
	const struct vtable_symbol *left = a, *right = b;

	return (left->address > right->address) - (left->address < right->address);
}

void vtables_read(struct vtables *vtables, struct elf_file *file)
{
	for (size_t i = 0; i < elf_section_count(file); i++) {
		enum elf_section_kind kind = elf_section(file, i)->kind;

		if (kind == ELF_SECTION_SYMTAB || kind == ELF_SECTION_DYNSYM)
			read_table(vtables, file, i);
	}
	if (vtables->list.count)
		qsort(vtables->list.items, vtables->list.count, sizeof *vtables->list.items,
			compare);
	vtables->is_read = true;
}

const struct vtable_symbol *vtables_at(const struct vtables *vtables, uint64_t address)
{
	size_t low = 0, high = vtables->list.count;
	const struct vtable_symbol *found;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (vtables->list.items[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	found = low ? &vtables->list.items[low - 1] : NULL;
	return found && address - found->address < found->size ? found : NULL;
}

/* `construction vtable for Part-in-Whole`, or `vtable for Grid`. */
char *vtable_class(const struct vtable_symbol *vtable)
{
	char *text = demangle(vtable->symbol, DEMANGLE_FULL);
	const char *prefix = text ? strstr(text, "vtable for ") : NULL, *in;
	char *class = NULL;

	if (prefix) {
		prefix += strlen("vtable for ");
		in = prefix > text + strlen("vtable for ") ? strstr(prefix, "-in-") : NULL;
		class = in ? strndup(prefix, (size_t)(in - prefix)) : strdup(prefix);
	}
	free(text);
	return class;
}
