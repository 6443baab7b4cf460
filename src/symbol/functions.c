/*
 * Functions from symbol tables. Several symbols may share an address (aliases, identical
 * code folded by the linker): the one kept is the one a reader of the source would know.
 */
#include "symbol/functions.h"

#include "symbol/demangle.h"
#include "symbol/frames.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A symbol that may become a function, with how widely it is known: smaller is wider. */
struct candidate {
	uint64_t address, size;
	const char *symbol;
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
		.address = symbol->st_value,
		.size = believable_size(symbol, section),
		.symbol = name,
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
	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	size_t left_length = strlen(left->symbol);
	size_t right_length = strlen(right->symbol);
	if (left_length != right_length)
		return left_length < right_length ? -1 : 1;
	return strcmp(left->symbol, right->symbol);
}

/* Versions of one name, and tables that both have it, make no alias. */
static bool add_alias(struct functions *functions, struct function *function, const char *symbol)
{
	const char **new;

	if (!strcmp(symbol, function->symbol))
		return true;
	if (!function->alias_count)
		function->aliases = (uint32_t)functions->aliases.count;
	else if (!strcmp(symbol, functions->aliases.items[functions->aliases.count - 1]))
		return true;
	new = vec_append(&functions->aliases);
	if (new)
		*new = symbol;
	function->alias_count += new != NULL;
	return new;
}

static bool add_function(struct functions *functions, const struct candidate *candidate)
{
	struct function *last = functions->count ? &functions->items[functions->count - 1] : NULL;
	struct function *new;

	if (last && last->address.value == candidate->address) {
		if (!last->size)
			last->size = candidate->size;
		return add_alias(functions, last, candidate->symbol);
	}
	new = vec_append(functions);
	if (new)
		*new = (struct function){
			.address = {candidate->address},
			.size = candidate->size,
			.symbol = candidate->symbol,
		};
	return new;
}

static struct ptmem_error *keep_best(struct candidates *candidates, struct functions *functions)
{
	if (candidates->count)
		qsort(candidates->items, candidates->count, sizeof *candidates->items,
			by_preference);
	for (size_t i = 0; i < candidates->count; i++)
		if (!add_function(functions, &candidates->items[i]))
			return &error_no_memory;
	return NULL;
}

void functions_deinit(struct functions *functions)
{
	for (size_t i = 0; i < functions->made.count; i++)
		free(functions->made.items[i]);
	vec_deinit(&functions->made);
	vec_deinit(&functions->aliases);
	vec_deinit(functions);
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

static bool gather_one(
	struct candidates *candidates, const struct function *function, const char *symbol)
{
	struct candidate *new = vec_append(candidates);

	if (new)
		*new = (struct candidate){function->address.value, function->size, symbol, 0};
	return new;
}

/* What is named already stays; names that come later rank behind. */
static bool gather(const struct functions *functions, struct candidates *candidates)
{
	for (size_t i = 0; i < functions->count; i++) {
		const struct function *function = &functions->items[i];

		if (!gather_one(candidates, function, function->symbol))
			return false;
		candidates->items[candidates->count - 1].rank = 0;
		for (uint32_t k = 0; k < function->alias_count; k++) {
			if (!gather_one(candidates, function,
				    functions->aliases.items[function->aliases + k]))
				return false;
			candidates->items[candidates->count - 1].rank = 1;
		}
	}
	return true;
}

static bool add_candidate(
	struct candidates *candidates, uint64_t address, uint64_t size, const char *symbol)
{
	struct candidate *new = vec_append(candidates);

	if (new)
		*new = (struct candidate){address, size, symbol, 2};
	return new;
}

/* Makes the functions anew from these; what names were made up stays theirs. */
static struct ptmem_error *replace(struct functions *functions, struct candidates *candidates)
{
	struct functions merged = {0};
	struct ptmem_error *error = keep_best(candidates, &merged);

	if (error) {
		functions_deinit(&merged);
		return error;
	}
	memcpy(&merged.made, &functions->made, sizeof merged.made);
	memset(&functions->made, 0, sizeof functions->made);
	functions_deinit(functions);
	*functions = merged;
	return NULL;
}

struct ptmem_error *functions_add_described(struct functions *functions, struct debug_info *info)
{
	struct debug_symbols symbols = {0};
	struct candidates candidates = {0};
	struct ptmem_error *error = debug_info_list(info, &symbols);
	bool enough = !error && gather(functions, &candidates);

	for (size_t i = 0; i < symbols.count && enough; i++)
		enough = add_candidate(&candidates, symbols.items[i].address, symbols.items[i].size,
			symbols.items[i].name);
	if (!error)
		error = enough ? replace(functions, &candidates) : &error_no_memory;
	vec_deinit(&candidates);
	vec_deinit(&symbols);
	return error;
}

/* Whether an address lies in a function that has a name. */
static bool is_named(const struct functions *functions, uint64_t address)
{
	size_t low = 0, high = functions->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (functions->items[middle].address.value <= address)
			low = middle + 1;
		else
			high = middle;
	}
	const struct function *found = low ? &functions->items[low - 1] : NULL;

	return found &&
	       (address == found->address.value || address - found->address.value < found->size);
}

/* `libz.so.1+0x2a10`; NULL when out of memory. */
static char *make_name(struct functions *functions, const char *object_name, uint64_t address)
{
	char **new = vec_append(&functions->made);

	if (!new)
		return NULL;
	if (asprintf(new, "%s+0x%" PRIx64, object_name, address) < 0) {
		functions->made.count--;
		return NULL;
	}
	return *new;
}

/* Stubs have unwind entries too: one for each of their sections. */
static bool is_nameless(
	const struct functions *functions, const struct elf_file *file, uint64_t address)
{
	const struct elf_section *section = code_section(file, address);

	return section && !is_stub(section, 0) && !is_named(functions, address);
}

struct ptmem_error *functions_add_nameless(
	struct functions *functions, struct elf_file *file, const char *object_name)
{
	struct frame_entries entries = {0};
	struct candidates candidates = {0};
	bool enough = frames_read(file, &entries) && gather(functions, &candidates);
	size_t known = candidates.count;
	struct ptmem_error *error = NULL;

	for (size_t i = 0; i < entries.count && enough; i++) {
		const struct frame_entry *entry = &entries.items[i];
		char *name;

		if (!is_nameless(functions, file, entry->address))
			continue;
		name = make_name(functions, object_name, entry->address);
		enough = name && add_candidate(&candidates, entry->address, entry->size, name);
	}
	if (!enough)
		error = &error_no_memory;
	else if (candidates.count > known)
		error = replace(functions, &candidates);
	vec_deinit(&candidates);
	vec_deinit(&entries);
	return error;
}

/* The symbol of a cold part that an address lies in, and of which source file it is. */
struct part {
	const char *symbol;
	size_t file;
};

struct search_of_part {
	uint64_t address;
	struct part part;
	size_t stem; /* length of the function's symbol in that of its part */
	uint64_t found;
	bool is_local, is_found;
};

static bool covers(const Elf64_Sym *symbol, uint64_t address)
{
	return address >= symbol->st_value && address - symbol->st_value < symbol->st_size;
}

/* Local symbols stand behind the one of their source file. */
typedef void visit_symbol(
	struct search_of_part *search, const Elf64_Sym *symbol, const char *name, size_t file);

static void visit_symbols(struct elf_file *file, visit_symbol *visit, struct search_of_part *search)
{
	for (size_t i = 0; i < elf_section_count(file); i++) {
		struct elf_bytes table, names;
		size_t source = 0;

		if (elf_section(file, i)->kind != ELF_SECTION_SYMTAB ||
			!elf_section_bytes(file, i, &table) ||
			!elf_section_bytes(file, elf_section(file, i)->link, &names))
			continue;
		for (size_t at = 0; table.size - at >= sizeof(Elf64_Sym); at += sizeof(Elf64_Sym)) {
			Elf64_Sym symbol;
			const char *name;

			memcpy(&symbol, table.data + at, sizeof symbol);
			name = name_at(names, symbol.st_name);
			source += ELF64_ST_TYPE(symbol.st_info) == STT_FILE;
			if (name && ELF64_ST_TYPE(symbol.st_info) == STT_FUNC)
				visit(search, &symbol, name, source);
		}
	}
}

static void find_part(
	struct search_of_part *search, const Elf64_Sym *symbol, const char *name, size_t file)
{
	if (!search->part.symbol && covers(symbol, search->address) && symbol_is_cold_part(name))
		search->part = (struct part){name, file};
}

/* A local function of the same source file, else a global one. */
static void find_whole(
	struct search_of_part *search, const Elf64_Sym *symbol, const char *name, size_t file)
{
	bool is_local = ELF64_ST_BIND(symbol->st_info) == STB_LOCAL;

	if (strncmp(name, search->part.symbol, search->stem) != 0 || name[search->stem] ||
		(is_local ? file != search->part.file : search->is_local))
		return;
	search->found = symbol->st_value;
	search->is_local = is_local;
	search->is_found = true;
}

const struct function *functions_owner_of_part(
	const struct functions *functions, struct elf_file *file, uint64_t address)
{
	struct search_of_part search = {.address = address};

	visit_symbols(file, find_part, &search);
	if (!search.part.symbol)
		return NULL;
	search.stem = symbol_stem_of_part(search.part.symbol);
	visit_symbols(file, find_whole, &search);
	for (size_t i = 0; search.is_found && i < functions->count; i++)
		if (functions->items[i].address.value == search.found)
			return &functions->items[i];
	return NULL;
}
