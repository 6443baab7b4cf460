/* The debug info of one object: its units, the ranges of their code, its functions. */
#include "symbol/debug_info.h"

#include "symbol/debug_internal.h"

#include <stdio.h>
#include <string.h>

/* How far abstract origins and specifications are followed; compilers need three. */
#define MAX_HOPS 16

/* How many overlapping ranges are looked at; only broken debug info has any. */
#define MAX_OVERLAP 16

void debug_note_problem(struct debug_info *info, const char *what, Dwarf_Error error)
{
	/* Without memory for it there is no problem to tell of. */
	if (!info->problem && asprintf(&info->problem, "%s%s%s", what, error ? ": " : "",
				      error ? dwarf_errmsg(error) : "") < 0)
		info->problem = NULL;
	if (error)
		dwarf_dealloc_error(info->handle, error);
}

static struct debug_unit *find_unit(struct debug_info *info, Dwarf_Off root)
{
	size_t low = 0, high = info->units.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (info->units.items[middle].root < root)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low < info->units.count && info->units.items[low].root == root;
	return found ? &info->units.items[low] : NULL;
}

struct debug_unit *debug_unit_of(struct debug_info *info, Dwarf_Die die)
{
	Dwarf_Off root = 0;
	Dwarf_Error error = NULL;
	int verdict = dwarf_CU_dieoffset_given_die(die, &root, &error);
	if (verdict == DW_DLV_ERROR)
		debug_note_problem(info, "unit of an entry", error);
	return verdict == DW_DLV_OK ? find_unit(info, root) : NULL;
}

/* The unit's ranges go into info->ranges, which is sorted when all are there. */
static bool add_unit(struct debug_info *info, Dwarf_Die root, uint64_t length)
{
	Dwarf_Off offset = die_offset(info, root);
	if (info->units.count && offset <= info->units.items[info->units.count - 1].root)
		return true;
	struct debug_unit *unit = vec_append(&info->units);
	if (!unit)
		return false;
	*unit = (struct debug_unit){.root = offset, .length = length};
	if (die_has(info, root, DW_AT_dwo_name) || die_has(info, root, DW_AT_GNU_dwo_name))
		debug_note_problem(info, "split into .dwo files, which are not read", NULL);

	struct address_ranges code = {0};
	bool enough = die_code(info, root, &code);
	for (size_t i = 0; i < code.count && enough; i++) {
		struct debug_range *range = vec_append(&info->ranges);
		enough = range != NULL;
		if (range)
			*range = (struct debug_range){code.items[i].start, code.items[i].end,
				(uint32_t)(info->units.count - 1)};
	}
	vec_deinit(&code);
	return enough;
}

/* One step of libdwarf's walk over unit headers; the length comes from offsets it gives. */
static int next_header(struct debug_info *info, Dwarf_Unsigned *next)
{
	Dwarf_Unsigned length = 0, type_offset = 0;
	Dwarf_Half version = 0, address_size = 0, length_size = 0, extension_size = 0, kind = 0;
	Dwarf_Off abbreviations = 0;
	Dwarf_Sig8 signature;
	Dwarf_Error error = NULL;
	memset(&signature, 0, sizeof signature);
	int verdict = dwarf_next_cu_header_d(info->handle, true, &length, &version, &abbreviations,
		&address_size, &length_size, &extension_size, &signature, &type_offset, next, &kind,
		&error);
	if (verdict == DW_DLV_ERROR)
		debug_note_problem(info, "unit header", error);
	return verdict;
}

static Dwarf_Die root_of_current(struct debug_info *info)
{
	Dwarf_Die root = NULL;
	Dwarf_Error error = NULL;
	int verdict = dwarf_siblingof_b(info->handle, NULL, true, &root, &error);
	if (verdict == DW_DLV_ERROR)
		debug_note_problem(info, "unit", error);
	return verdict == DW_DLV_OK ? root : NULL;
}

static bool read_units(struct debug_info *info)
{
	Dwarf_Unsigned start = 0, next = 0;
	bool enough = true;
	while (enough && next_header(info, &next) == DW_DLV_OK) {
		Dwarf_Die root = root_of_current(info);
		if (root)
			enough = add_unit(info, root, next - start);
		die_free(root);
		if (next <= start)
			break;
		start = next;
	}
	return enough;
}

static int by_start(const void *a, const void *b)
{
	const struct debug_range *left = a, *right = b;
	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return (left->end > right->end) - (left->end < right->end);
}

static bool read_info(struct debug_info *info)
{
	Dwarf_Error error = NULL;
	int verdict = debug_sections_start(&info->sections, &info->handle, &error);
	if (verdict != DW_DLV_OK) {
		debug_note_problem(info, "debug sections", verdict == DW_DLV_ERROR ? error : NULL);
		info->handle = NULL;
		return true;
	}
	if (!read_units(info))
		return false;
	if (!info->units.count)
		debug_note_problem(info, "not one unit can be read", NULL);
	if (info->ranges.count)
		qsort(info->ranges.items, info->ranges.count, sizeof *info->ranges.items, by_start);
	return true;
}

static bool note_unreadable(struct debug_info *info)
{
	if (!info->sections.unreadable)
		return true;
	return asprintf(&info->problem, "%s: truncated, or compressed in an unknown way",
		       info->sections.unreadable) >= 0;
}

struct ptmem_error *debug_info_open(struct elf_file *file, struct debug_info **info)
{
	struct debug_info *new = calloc(1, sizeof *new);
	if (!new)
		return &error_no_memory;
	new->load_start = elf_file_load_start(file);
	new->load_end = elf_file_load_end(file);
	bool readable = debug_sections_init(&new->sections, file);
	new->present = readable || new->sections.unreadable;
	if (!note_unreadable(new) || (readable && !read_info(new))) {
		debug_info_close(new);
		return &error_no_memory;
	}
	*info = new;
	return NULL;
}

static void unit_deinit(struct debug_unit *unit)
{
	vec_deinit(&unit->entries);
	vec_deinit(&unit->orphans);
}

void debug_info_close(struct debug_info *info)
{
	if (!info)
		return;
	for (size_t i = 0; i < info->units.count; i++)
		unit_deinit(&info->units.items[i]);
	vec_deinit(&info->units);
	vec_deinit(&info->ranges);
	if (info->handle)
		debug_sections_finish(info->handle);
	free(info->problem);
	free(info);
}

bool debug_info_is_present(const struct debug_info *info)
{
	return info->present;
}

const char *debug_info_problem(const struct debug_info *info)
{
	return info->problem;
}

static const struct debug_range *find_range(const struct debug_info *info, uint64_t address)
{
	size_t low = 0, high = info->ranges.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (info->ranges.items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t back = 1; back <= MAX_OVERLAP && back <= low; back++) {
		const struct debug_range *range = &info->ranges.items[low - back];
		if (address < range->end)
			return range;
	}
	return NULL;
}

bool debug_info_covers(const struct debug_info *info, uint64_t address)
{
	return find_range(info, address) != NULL;
}

static const struct debug_entry *find_entry(const struct debug_unit *unit, uint64_t address)
{
	size_t low = 0, high = unit->entries.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (unit->entries.items[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low < unit->entries.count && unit->entries.items[low].address == address;
	return found ? &unit->entries.items[low] : NULL;
}

/* Both take from an entry what no entry nearer to the code has said. */
static void read_names(struct debug_info *info, Dwarf_Die die, struct debug_function *function)
{
	if (!function->name)
		function->name = die_string(info, die, DW_AT_name);
	if (!function->linkage_name)
		function->linkage_name = die_string(info, die, DW_AT_linkage_name);
	if (!function->linkage_name)
		function->linkage_name = die_string(info, die, DW_AT_MIPS_linkage_name);
}

static void read_place(struct debug_info *info, Dwarf_Die die, struct debug_function *function)
{
	uint64_t number;
	if (!function->line && die_number(info, die, DW_AT_decl_line, &number) &&
		number <= INT32_MAX)
		function->line = (int)number;
	if (!function->file && die_number(info, die, DW_AT_decl_file, &number)) {
		const struct debug_unit *unit = debug_unit_of(info, die);
		function->file = unit ? debug_unit_file(info, unit, number) : NULL;
	}
}

static Dwarf_Die next_entry(struct debug_info *info, Dwarf_Die die)
{
	Dwarf_Die next = die_reference(info, die, DW_AT_abstract_origin);
	return next ? next : die_reference(info, die, DW_AT_specification);
}

static int compare_orphans(const void *key, const void *item)
{
	Dwarf_Off offset = *(const Dwarf_Off *)key;
	Dwarf_Off other = ((const struct debug_orphan *)item)->offset;
	return (offset > other) - (offset < other);
}

/* A method of unknown place is where its type is. */
static void read_type(struct debug_info *info, Dwarf_Die method, struct debug_function *function)
{
	const struct debug_unit *unit = debug_unit_of(info, method);
	Dwarf_Off offset = die_offset(info, method);
	if (!unit || !unit->orphans.count)
		return;
	const struct debug_orphan *orphan = bsearch(&offset, unit->orphans.items,
		unit->orphans.count, sizeof *unit->orphans.items, compare_orphans);
	Dwarf_Die type = orphan ? die_at(info, orphan->type) : NULL;
	if (type)
		read_place(info, type, function);
	die_free(type);
}

static void read_chain(struct debug_info *info, Dwarf_Off offset, struct debug_function *function)
{
	Dwarf_Die die = die_at(info, offset), next;
	for (unsigned hops = 0; die && hops < MAX_HOPS; hops++, die = next) {
		read_names(info, die, function);
		read_place(info, die, function);
		next = next_entry(info, die);
		if (!next && !function->line)
			read_type(info, die, function);
		die_free(die);
	}
	die_free(die);
}

struct ptmem_error *debug_info_find(
	struct debug_info *info, uint64_t address, struct debug_function *function)
{
	*function = (struct debug_function){0};
	const struct debug_range *range = find_range(info, address);
	if (!range)
		return NULL;
	struct debug_unit *unit = &info->units.items[range->unit];
	if (!debug_unit_index(info, unit))
		return &error_no_memory;
	const struct debug_entry *entry = find_entry(unit, address);
	if (entry)
		read_chain(info, entry->offset, function);
	return NULL;
}

static bool list_entry(
	struct debug_info *info, const struct debug_entry *entry, struct debug_symbols *symbols)
{
	struct debug_function function = {0};
	read_chain(info, entry->offset, &function);
	free(function.file);
	const char *name = function.linkage_name ? function.linkage_name : function.name;
	if (!name)
		return true;
	struct debug_symbol *symbol = vec_append(symbols);
	if (symbol)
		*symbol = (struct debug_symbol){entry->address, entry->size, name};
	return symbol != NULL;
}

struct ptmem_error *debug_info_list(struct debug_info *info, struct debug_symbols *symbols)
{
	for (size_t i = 0; i < info->units.count; i++) {
		struct debug_unit *unit = &info->units.items[i];
		if (!debug_unit_index(info, unit))
			return &error_no_memory;
		for (size_t k = 0; k < unit->entries.count; k++) {
			if (!list_entry(info, &unit->entries.items[k], symbols))
				return &error_no_memory;
		}
	}
	return NULL;
}
