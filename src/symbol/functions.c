/*
 * Functions from symbol tables. Several symbols may share an address (aliases, identical
 * code folded by the linker): the one kept is the one a reader of the source would know.
 */
#include "symbol/functions.h"

#include "symbol/demangle.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* A symbol that may become a function, with how widely it is known: smaller is wider. */
struct candidate {
	struct function function;
	unsigned rank;
};

struct candidates VEC(struct candidate);

static unsigned binding_rank(unsigned char binding)
{
	if (binding == STB_GLOBAL || binding == STB_GNU_UNIQUE)
		return 0;
	return binding == STB_WEAK ? 1 : 2;
}

/* A symbol's name, or NULL where it does not lie whole inside the string table. */
static const char *name_at(struct elf_bytes names, uint32_t offset)
{
	if (offset >= names.size)
		return NULL;
	const char *name = (const char *)names.data + offset;
	return memchr(name, '\0', names.size - offset) ? name : NULL;
}

/*
 * The section that an address lies in. Symbols name theirs, but in 16 bits, and only code
 * counts here; few sections have any.
 */
static const struct elf_section *code_section(const struct elf_file *file, uint64_t address)
{
	for (size_t i = 1; i < elf_section_count(file); i++) {
		const struct elf_section *section = elf_section(file, i);
		if (section->executable && address >= section->address &&
			address - section->address < section->size)
			return section;
	}
	return NULL;
}

/* Stubs of the linker's own; some linkers give them symbols without a size. */
static bool is_stub(const struct elf_section *section, uint64_t size)
{
	return size == 0 && strncmp(section->name, ".plt", strlen(".plt")) == 0;
}

static bool is_function(const Elf64_Sym *symbol, const char *name)
{
	return ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF &&
	       symbol->st_shndx != SHN_ABS && name && *name && !symbol_is_cold_part(name);
}

/* A size that reaches beyond its section is a lie, and unknown. */
static uint64_t believable_size(const Elf64_Sym *symbol, const struct elf_section *section)
{
	uint64_t room = section->size - (symbol->st_value - section->address);
	return symbol->st_size <= room ? symbol->st_size : 0;
}

static bool add_symbol(struct candidates *candidates, const struct elf_file *file,
	const Elf64_Sym *symbol, const char *name)
{
	if (!is_function(symbol, name))
		return true;
	const struct elf_section *section = code_section(file, symbol->st_value);
	if (!section || is_stub(section, symbol->st_size))
		return true;
	struct candidate *new = vec_append(candidates);
	if (!new)
		return false;
	*new = (struct candidate){
		.function =
			{
				.address = {symbol->st_value},
				.size = believable_size(symbol, section),
				.symbol = name,
			},
		.rank = binding_rank(ELF64_ST_BIND(symbol->st_info)),
	};
	return true;
}

static bool add_table(struct candidates *candidates, struct elf_file *file, size_t index)
{
	struct elf_bytes table, names;
	if (!elf_section_bytes(file, index, &table) ||
		!elf_section_bytes(file, elf_section(file, index)->link, &names))
		return true;
	for (size_t at = 0; table.size - at >= sizeof(Elf64_Sym); at += sizeof(Elf64_Sym)) {
		Elf64_Sym symbol; /* copied: the table need not be aligned */
		memcpy(&symbol, table.data + at, sizeof symbol);
		if (!add_symbol(candidates, file, &symbol, name_at(names, symbol.st_name)))
			return false;
	}
	return true;
}

static bool add_tables(
	struct candidates *candidates, struct elf_file *file, enum elf_section_kind kind)
{
	for (size_t i = 0; i < elf_section_count(file); i++) {
		if (elf_section(file, i)->kind == kind && !add_table(candidates, file, i))
			return false;
	}
	return true;
}

/* By address; at one address the best first. */
static int by_preference(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;
	uint64_t left_at = left->function.address.value, right_at = right->function.address.value;
	if (left_at != right_at)
		return left_at < right_at ? -1 : 1;
	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	size_t left_length = strlen(left->function.symbol);
	size_t right_length = strlen(right->function.symbol);
	if (left_length != right_length)
		return left_length < right_length ? -1 : 1;
	return strcmp(left->function.symbol, right->function.symbol);
}

static struct ptmem_error *keep_best(struct candidates *candidates, struct functions *functions)
{
	if (candidates->count)
		qsort(candidates->items, candidates->count, sizeof *candidates->items,
			by_preference);
	for (size_t i = 0; i < candidates->count; i++) {
		const struct function *next = &candidates->items[i].function;
		struct function *last =
			functions->count ? &functions->items[functions->count - 1] : NULL;
		if (last && last->address.value == next->address.value) {
			if (!last->size)
				last->size = next->size;
			continue;
		}
		struct function *new = vec_append(functions);
		if (!new)
			return &error_no_memory;
		*new = *next;
	}
	return NULL;
}

bool functions_are_complete(const struct elf_file *file)
{
	for (size_t i = 0; i < elf_section_count(file); i++) {
		if (elf_section(file, i)->kind == ELF_SECTION_SYMTAB)
			return true;
	}
	return false;
}

static bool table_mentions(struct elf_file *file, size_t index, const char *name)
{
	struct elf_bytes table, names;

	if (!elf_section_bytes(file, index, &table) ||
		!elf_section_bytes(file, elf_section(file, index)->link, &names))
		return false;
	for (size_t at = 0; table.size - at >= sizeof(Elf64_Sym); at += sizeof(Elf64_Sym)) {
		Elf64_Sym symbol;
		const char *found;

		memcpy(&symbol, table.data + at, sizeof symbol);
		found = name_at(names, symbol.st_name);
		if (found && !strcmp(found, name))
			return true;
	}
	return false;
}

static bool tables_mention(struct elf_file *file, enum elf_section_kind kind, const char *name)
{
	for (size_t i = 0; i < elf_section_count(file); i++)
		if (elf_section(file, i)->kind == kind && table_mentions(file, i, name))
			return true;
	return false;
}

bool functions_mention(struct elf_file *file, const char *name)
{
	bool is_dynamic = false;

	for (size_t i = 0; i < elf_section_count(file); i++)
		is_dynamic |= elf_section(file, i)->kind == ELF_SECTION_DYNSYM;
	return tables_mention(file, is_dynamic ? ELF_SECTION_DYNSYM : ELF_SECTION_SYMTAB, name);
}

struct ptmem_error *functions_read(struct elf_file *file, struct functions *functions)
{
	struct candidates candidates = {0};
	enum elf_section_kind kind =
		functions_are_complete(file) ? ELF_SECTION_SYMTAB : ELF_SECTION_DYNSYM;
	struct ptmem_error *error = add_tables(&candidates, file, kind)
					    ? keep_best(&candidates, functions)
					    : &error_no_memory;
	vec_deinit(&candidates);
	return error;
}

/* What a dynamic symbol names already stays; the debug info's names rank behind. */
static bool gather(struct functions *functions, const struct debug_symbols *symbols,
	struct candidates *candidates)
{
	for (size_t i = 0; i < functions->count + symbols->count; i++) {
		struct candidate *new = vec_append(candidates);
		if (!new)
			return false;
		*new = (struct candidate){0};
		if (i < functions->count) {
			new->function = functions->items[i];
			continue;
		}
		const struct debug_symbol *symbol = &symbols->items[i - functions->count];
		new->rank = 2;
		new->function.address.value = symbol->address;
		new->function.size = symbol->size;
		new->function.symbol = symbol->name;
	}
	return true;
}

struct ptmem_error *functions_add_described(struct functions *functions, struct debug_info *info)
{
	struct debug_symbols symbols = {0};
	struct candidates candidates = {0};
	struct functions merged = {0};
	struct ptmem_error *error = debug_info_list(info, &symbols);
	if (!error && !gather(functions, &symbols, &candidates))
		error = &error_no_memory;
	if (!error)
		error = keep_best(&candidates, &merged);
	if (!error) {
		vec_deinit(functions);
		*functions = merged;
	} else {
		vec_deinit(&merged);
	}
	vec_deinit(&candidates);
	vec_deinit(&symbols);
	return error;
}
