/*
 * Functions from symbol tables, and from what else tells of them where there is none. Several
 * symbols may share an address (aliases, identical code folded by the linker): the one kept is the
 * one a reader of the source would know, unless debug info says better.
 *
 * The symbol of an IFUNC stands for a function that is chosen when the program starts, and has the
 * address of the one that chooses: that is no function of this name, and the chosen one has a
 * symbol of its own.
 */
#include "symbol/functions.h"

#include "symbol/demangle.h"
#include "symbol/frames.h"
#include "symbol/symbol_table.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A symbol that may become a function, with how widely it is known: smaller is wider. */
struct candidate {
	struct function function;
	unsigned rank;
};

/* Code of a file: most of what is looked for lies where the last did. */
struct code {
	struct elf_file *file;
	const struct elf_section *last; /* that was found */
	bool is_linkers;                /* it is, so that nothing in it is a function */
};

struct gathering {
	struct code code;
	struct candidates VEC(struct candidate) candidates;
	struct addresses VEC(uint64_t) parts; /* where cold parts begin, sorted by then */
};

/* Behind all symbols. */
#define RANK_DESCRIBED 3

static unsigned binding_rank(unsigned char binding)
{
	if (binding == STB_GLOBAL || binding == STB_GNU_UNIQUE)
		return 0;
	return binding == STB_WEAK ? 1 : 2;
}

static bool is_code_at(const struct elf_section *section, uint64_t address)
{
	return section->executable && address >= section->address &&
	       address - section->address < section->size;
}

/* Stubs of the linker's own, and the ends of what it joins up from all objects. */
static bool is_linkers(const struct elf_section *section)
{
	return !strncmp(section->name, ".plt", strlen(".plt")) || !strcmp(section->name, ".iplt") ||
	       !strcmp(section->name, ".init") || !strcmp(section->name, ".fini");
}

/*
 * The section that an address lies in. Symbols name theirs, but in 16 bits, and only code
 * counts here; few sections have any.
 */
static const struct elf_section *code_section(struct code *code, uint64_t address)
{
	if (code->last && is_code_at(code->last, address))
		return code->last;
	for (size_t i = 1; i < elf_section_count(code->file); i++) {
		const struct elf_section *section = elf_section(code->file, i);
		if (!is_code_at(section, address))
			continue;
		code->last = section;
		code->is_linkers = is_linkers(section);
		return section;
	}
	return NULL;
}

/* A jump through a table, behind a mark or a prefix or neither: what stubs are. */
static bool is_stub(struct elf_file *file, uint64_t address)
{
	static const uint8_t mark[] = {0xf3, 0x0f, 0x1e, 0xfa};
	struct elf_bytes code = elf_file_loaded(file, address);
	size_t at = code.size > 8 && memcmp(code.data, mark, sizeof mark) == 0 ? sizeof mark : 0;
	if (code.size > at && code.data[at] == 0xf2)
		at++;
	return code.size > at + 1 && code.data[at] == 0xff && code.data[at + 1] == 0x25;
}

/* What it is called; NULL or "" where it is none. */
static const char *function_name(const struct symbol_table *table, const Elf64_Sym *symbol)
{
	return ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF &&
			       symbol->st_shndx != SHN_ABS
		       ? symbol_table_name(table, symbol)
		       : NULL;
}

/* A size that reaches beyond its section is a lie, and unknown. */
static uint64_t believable_size(uint64_t address, uint64_t size, const struct elf_section *section)
{
	uint64_t room = section->size - (address - section->address);
	return size <= room ? size : 0;
}

static bool add_candidate(
	struct gathering *gathering, const struct function *function, unsigned rank)
{
	struct candidate *new = vec_append(&gathering->candidates);
	if (new)
		*new = (struct candidate){*function, rank};
	return new;
}

static bool add_part(struct gathering *gathering, uint64_t address)
{
	uint64_t *new = vec_append(&gathering->parts);
	if (new)
		*new = address;
	return new;
}

/* The function that a symbol stands for; false where it is none, or one of the linker's. */
static bool function_of(
	struct code *code, const Elf64_Sym *symbol, const char *name, struct function *function)
{
	const struct elf_section *section = code_section(code, symbol->st_value);
	if (!section || code->is_linkers ||
		(!*section->name && is_stub(code->file, symbol->st_value)))
		return false;
	*function = (struct function){
		.address = {symbol->st_value},
		.size = believable_size(symbol->st_value, symbol->st_size, section),
		.symbol = name,
	};
	return true;
}

static bool add_symbol(struct gathering *gathering, const Elf64_Sym *symbol, const char *name)
{
	struct function function;
	if (symbol_is_cold_part(name))
		return add_part(gathering, symbol->st_value);
	return !function_of(&gathering->code, symbol, name, &function) ||
	       add_candidate(gathering, &function, binding_rank(ELF64_ST_BIND(symbol->st_info)));
}

static bool add_table(struct gathering *gathering, struct elf_file *file, size_t index)
{
	struct symbol_table table;
	Elf64_Sym symbol;
	const char *name;
	if (!symbol_table_open(file, index, &table))
		return true;
	while (symbol_table_next(&table, &symbol)) {
		name = function_name(&table, &symbol);
		if (name && *name && !add_symbol(gathering, &symbol, name))
			return false;
	}
	return true;
}

static bool add_tables(
	struct gathering *gathering, struct elf_file *file, enum elf_section_kind kind)
{
	for (size_t i = 0; i < elf_section_count(file); i++) {
		if (elf_section(file, i)->kind == kind && !add_table(gathering, file, i))
			return false;
	}
	return true;
}

/* One digit of an address. */
#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

static size_t digit_of(const struct candidate *candidate, unsigned shift)
{
	return candidate->function.address.value >> shift & (DIGITS - 1);
}

/* From one place to the other, by one digit of their addresses, else as they were. */
static void deal_out(
	const struct candidate *from, size_t count, unsigned shift, struct candidate *to)
{
	size_t begin[DIGITS + 1] = {0};
	for (size_t i = 0; i < count; i++)
		begin[digit_of(&from[i], shift) + 1]++;
	for (size_t digit = 0; digit < DIGITS; digit++)
		begin[digit + 1] += begin[digit];
	for (size_t i = 0; i < count; i++)
		to[begin[digit_of(&from[i], shift)]++] = from[i];
}

/* Digit by digit, the lowest first: there may be a million, and a program waits for them. */
static bool sort_by_address(struct candidates *candidates)
{
	size_t count = candidates->count;
	struct candidate *other = malloc(count * sizeof *other + 1);
	uint64_t all = 0;
	if (!other)
		return false;
	for (size_t i = 0; i < count; i++)
		all |= candidates->items[i].function.address.value;
	for (unsigned shift = 0; shift < 64 && all >> shift; shift += DIGIT_BITS) {
		struct candidate *items = candidates->items;
		deal_out(items, count, shift, other);
		candidates->items = other;
		candidates->capacity = count;
		other = items;
	}
	free(other);
	return true;
}

/* Of one address, the best first. */
static int by_preference(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;
	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	size_t left_length = strlen(left->function.symbol);
	size_t right_length = strlen(right->function.symbol);
	if (left_length != right_length)
		return left_length < right_length ? -1 : 1;
	return strcmp(left->function.symbol, right->function.symbol);
}

static bool add_alias(struct functions *functions, const struct function *function)
{
	struct function_alias *last =
		functions->aliases.count ? &functions->aliases.items[functions->aliases.count - 1]
					 : NULL;
	if (last && last->address == function->address.value &&
		strcmp(last->symbol, function->symbol) == 0)
		return true;
	struct function_alias *new = vec_append(&functions->aliases);
	if (new)
		*new = (struct function_alias){function->address.value, function->symbol};
	return new;
}

/* All candidates of one address, the best first. */
static bool keep_address(
	struct functions *functions, const struct candidate *candidates, size_t count)
{
	struct function *new = vec_append(functions);
	if (!new)
		return false;
	*new = candidates[0].function;
	for (size_t i = 1; i < count && !new->size; i++)
		new->size = candidates[i].function.size;
	for (size_t i = 0; i < count && count > 1; i++) {
		if (!add_alias(functions, &candidates[i].function))
			return false;
	}
	return true;
}

static bool keep_best(struct gathering *gathering, struct functions *functions)
{
	if (!sort_by_address(&gathering->candidates))
		return false;
	struct candidate *candidates = gathering->candidates.items;
	size_t count = gathering->candidates.count, end;
	for (size_t i = 0; i < count; i = end) {
		uint64_t address = candidates[i].function.address.value;
		for (end = i + 1; end < count; end++) {
			if (candidates[end].function.address.value != address)
				break;
		}
		if (end - i > 1)
			qsort(candidates + i, end - i, sizeof *candidates, by_preference);
		if (!keep_address(functions, candidates + i, end - i))
			return false;
	}
	return true;
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
	struct symbol_table table;
	Elf64_Sym symbol;
	const char *found;

	if (!symbol_table_open(file, index, &table))
		return false;
	while (symbol_table_next(&table, &symbol)) {
		found = symbol_table_name(&table, &symbol);
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

static struct ptmem_error *visit_table(
	struct code *code, struct symbol_table *table, function_visitor *visit, void *context)
{
	struct ptmem_error *error = NULL;
	struct function function;
	Elf64_Sym symbol;
	const char *name;
	while (!error && symbol_table_next(table, &symbol)) {
		name = function_name(table, &symbol);
		if (name && *name && function_of(code, &symbol, name, &function))
			error = visit(context, &function);
	}
	return error;
}

/* Of all tables of one kind that a file has, about the code of another, or its own. */
static struct ptmem_error *visit_tables(struct elf_file *code_file, struct elf_file *file,
	enum elf_section_kind kind, function_visitor *visit, void *context)
{
	struct code code = {.file = code_file};
	struct ptmem_error *error = NULL;
	for (size_t i = 0; !error && i < elf_section_count(file); i++) {
		struct symbol_table table;
		if (elf_section(file, i)->kind == kind && symbol_table_open(file, i, &table))
			error = visit_table(&code, &table, visit, context);
	}
	return error;
}

struct ptmem_error *functions_visit_exports(
	struct elf_file *file, function_visitor *visit, void *context)
{
	return visit_tables(file, file, ELF_SECTION_DYNSYM, visit, context);
}

struct ptmem_error *functions_visit(
	const struct function_sources *sources, function_visitor *visit, void *context)
{
	struct elf_file *code = sources->file, *mini = sources->mini;
	if (sources->symbols)
		return visit_tables(code, sources->symbols, ELF_SECTION_SYMTAB, visit, context);
	struct ptmem_error *error = functions_visit_exports(code, visit, context);
	return error || !mini ? error
			      : visit_tables(code, mini, ELF_SECTION_SYMTAB, visit, context);
}

static bool add_described(struct gathering *gathering, struct debug_info *info)
{
	struct debug_symbols symbols = {0};
	struct ptmem_error *error = debug_info_list(info, &symbols);
	bool enough = !error;
	for (size_t i = 0; i < symbols.count && enough; i++) {
		const struct debug_symbol *symbol = &symbols.items[i];
		struct function function = {{symbol->address}, symbol->size, symbol->name};
		if (code_section(&gathering->code, symbol->address))
			enough = add_candidate(gathering, &function, RANK_DESCRIBED);
	}
	error_free(error);
	vec_deinit(&symbols);
	return enough;
}

static int compare_addresses(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

static int by_address(const void *a, const void *b)
{
	const struct function *left = a, *right = b;
	return compare_addresses(&left->address.value, &right->address.value);
}

/* How many of the sorted functions begin at or below an address. */
static size_t count_up_to(const struct functions *functions, size_t count, uint64_t address)
{
	size_t low = 0;
	while (low < count) {
		size_t middle = low + (count - low) / 2;
		if (functions->items[middle].address.value <= address)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

/*
 * Whether a stretch of code is a function that nobody has named. Debug info leaves out no
 * function: what it covers and does not name is part of one.
 */
static bool is_nameless_function(const struct function_sources *sources,
	struct gathering *gathering, const struct functions *functions, size_t known,
	const struct frame_range *range)
{
	const struct elf_section *section = code_section(&gathering->code, range->address);
	size_t below = count_up_to(functions, known, range->address);
	const struct function *last = below ? &functions->items[below - 1] : NULL;
	if (range->is_part || !section || gathering->code.is_linkers ||
		strncmp(section->name, ".text.unlikely", strlen(".text.unlikely")) == 0)
		return false;
	if (last && (last->address.value == range->address ||
			    range->address - last->address.value < last->size))
		return false;
	if (gathering->parts.count &&
		bsearch(&range->address, gathering->parts.items, gathering->parts.count,
			sizeof *gathering->parts.items, compare_addresses))
		return false;
	return !debug_info_covers(sources->info, range->address) &&
	       !is_stub(sources->file, range->address);
}

/* Named by where it is: `libz.so.1+0x3fe0`. */
static bool add_nameless(const struct function_sources *sources, struct gathering *gathering,
	struct functions *functions, const struct frame_range *range)
{
	const struct elf_section *section = code_section(&gathering->code, range->address);
	char **name = vec_append(&functions->made);
	if (!name)
		return false;
	if (asprintf(name, "%s+0x%" PRIx64, sources->name, range->address) < 0) {
		functions->made.count--;
		return false;
	}
	struct function *new = vec_append(functions);
	if (new)
		*new = (struct function){
			.address = {range->address},
			.size = believable_size(range->address, range->size, section),
			.symbol = *name,
		};
	return new;
}

static void drop_doubles(struct functions *functions)
{
	size_t kept = 0;
	for (size_t i = 0; i < functions->count; i++) {
		if (!kept || functions->items[kept - 1].address.value !=
				     functions->items[i].address.value)
			functions->items[kept++] = functions->items[i];
	}
	functions->count = kept;
}

/* The new ones go behind the known ones until all are there. */
static bool add_unwound(const struct function_sources *sources, struct gathering *gathering,
	struct functions *functions)
{
	struct frame_ranges ranges = {0};
	size_t known = functions->count;
	bool enough = frames_read(sources->file, &ranges);
	if (gathering->parts.count)
		qsort(gathering->parts.items, gathering->parts.count,
			sizeof *gathering->parts.items, compare_addresses);
	for (size_t i = 0; i < ranges.count && enough; i++) {
		if (is_nameless_function(sources, gathering, functions, known, &ranges.items[i]))
			enough = add_nameless(sources, gathering, functions, &ranges.items[i]);
	}
	if (functions->count > known) {
		qsort(functions->items, functions->count, sizeof *functions->items, by_address);
		drop_doubles(functions);
	}
	vec_deinit(&ranges);
	return enough;
}

static bool read_all(const struct function_sources *sources, struct gathering *gathering,
	struct functions *functions)
{
	if (sources->symbols)
		return add_tables(gathering, sources->symbols, ELF_SECTION_SYMTAB) &&
		       keep_best(gathering, functions);
	return add_tables(gathering, sources->file, ELF_SECTION_DYNSYM) &&
	       (!sources->mini || add_tables(gathering, sources->mini, ELF_SECTION_SYMTAB)) &&
	       add_described(gathering, sources->info) && keep_best(gathering, functions) &&
	       add_unwound(sources, gathering, functions);
}

struct ptmem_error *functions_read(
	const struct function_sources *sources, struct functions *functions)
{
	struct gathering gathering = {.code.file = sources->file};
	bool enough = read_all(sources, &gathering, functions);
	vec_deinit(&gathering.candidates);
	vec_deinit(&gathering.parts);
	return enough ? NULL : &error_no_memory;
}

void functions_deinit(struct functions *functions)
{
	for (size_t i = 0; i < functions->made.count; i++)
		free(functions->made.items[i]);
	vec_deinit(&functions->made);
	vec_deinit(&functions->aliases);
	vec_deinit(functions);
}

const char *functions_alias(const struct functions *functions, uint64_t address, size_t index)
{
	size_t low = 0, high = functions->aliases.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (functions->aliases.items[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	if (index >= functions->aliases.count - low ||
		functions->aliases.items[low + index].address != address)
		return NULL;
	return functions->aliases.items[low + index].symbol;
}
