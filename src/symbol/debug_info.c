/* The debug info of one object: its units, the ranges of their code, its functions. */
#include "symbol/debug_info.h"

#include "base/clock.h"
#include "symbol/debug_lines.h"
#include "symbol/debug_types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void debug_note_problem(struct debug_file *file, const char *what)
{
	struct debug_info *info = file->info;
	bool own = file == info->main;
	/* Without memory for it there is no problem to tell of. */
	if (!info->problem && asprintf(&info->problem, "%s%s%s", own ? "" : file->path,
				      own ? "" : ": ", what) < 0)
		info->problem = NULL;
}

bool debug_is_late(uint64_t until)
{
	return until != DEBUG_NEVER && clock_ns() >= until;
}

static bool add_unit_ranges(struct debug_info *info, uint32_t index)
{
	struct debug_unit *unit = &info->main->units.items[index];
	struct address_ranges code = {0};
	if (unit->kind == DW_UT_type || unit->kind == DW_UT_partial || unit->listed)
		return true;
	bool enough = unit_code(unit, &code);
	for (size_t i = 0; i < code.count && enough; i++) {
		struct debug_range *range = vec_append(&info->ranges);
		enough = range != NULL;
		if (range)
			*range =
				(struct debug_range){code.items[i].start, code.items[i].end, index};
	}
	vec_deinit(&code);
	return enough;
}

static int by_start(const void *a, const void *b)
{
	const struct debug_range *left = a, *right = b;
	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	if (left->end != right->end)
		return left->end < right->end ? -1 : 1;
	return (left->unit > right->unit) - (left->unit < right->unit);
}

static void sort(struct debug_ranges *ranges)
{
	if (ranges->count)
		qsort(ranges->items, ranges->count, sizeof *ranges->items, by_start);
}

/* What an index says is cheap to have, while units may have to be inflated. False when out of
 * memory. */
static bool read_outline(struct debug_info *info)
{
	if (info->outlined || !info->present)
		return true;
	info->outlined = true;
	if (!debug_aranges_read(info->main, &info->outline))
		return false;
	sort(&info->outline);
	return true;
}

/* Reads the units, unless that is done. False when out of memory. */
static bool read_info(struct debug_info *info)
{
	struct debug_file *file = info->main;
	if (info->read || !info->present)
		return true;
	info->read = true;
	if (!debug_section(file, DEBUG_ABBREV).size && !debug_section(file, DEBUG_INFO).size)
		return true;
	if (!debug_file_read_units(file) || !debug_aranges_read(file, &info->ranges))
		return false;
	if (!file->units.count)
		debug_note_problem(file, "not one unit can be read");
	for (size_t i = 0; i < file->units.count; i++) {
		if (!add_unit_ranges(info, (uint32_t)i))
			return false;
	}
	sort(&info->ranges);
	return true;
}

/* Where code can be: in sections of code, or where there are none, in all that is loaded. */
static void find_code(struct debug_info *info, const struct elf_file *file)
{
	uint64_t start = UINT64_MAX, end = 0;
	for (size_t i = 1; i < elf_section_count(file); i++) {
		const struct elf_section *section = elf_section(file, i);
		if (!section->executable || section->size > UINT64_MAX - section->address)
			continue;
		if (section->address < start)
			start = section->address;
		if (section->address + section->size > end)
			end = section->address + section->size;
	}
	info->code_start = start < end ? start : elf_file_load_start(file);
	info->code_end = start < end ? end : elf_file_load_end(file);
}

static struct ptmem_error *open_info(
	struct debug_info *info, struct elf_file *file, const char *path)
{
	info->main = debug_file_create(info, path, file, false, DEBUG_LINKED);
	if (!info->main)
		return &error_no_memory;
	find_code(info, file);
	info->present = debug_sections_have(&info->main->sections, DEBUG_INFO);
	return NULL;
}

struct ptmem_error *debug_info_open(struct elf_file *file, const char *path,
	const char *object_path, const struct search *search, struct debug_info **info)
{
	struct debug_info *new = calloc(1, sizeof *new);
	char *root = strdup(search->root), *object = strdup(object_path);
	if (!new || !root || !object) {
		free(new);
		free(root);
		free(object);
		return &error_no_memory;
	}
	new->search = (struct search){search->options, root, search->no_server};
	new->object_path = object;
	struct ptmem_error *error = open_info(new, file, path);
	if (error)
		debug_info_close(new);
	else
		*info = new;
	return error;
}

void debug_info_close(struct debug_info *info)
{
	if (!info)
		return;
	for (size_t i = 0; i < info->others.count; i++)
		debug_file_destroy(info->others.items[i]);
	vec_deinit(&info->others);
	debug_package_close(info->package);
	for (size_t i = 0; i < info->scoped_names.count; i++)
		free(info->scoped_names.items[i]);
	vec_deinit(&info->scoped_names);
	map_deinit(&info->scoped);
	debug_classes_deinit(info);
	debug_file_destroy(info->main);
	vec_deinit(&info->outline);
	vec_deinit(&info->ranges);
	free(info->problem);
	free((char *)(uintptr_t)info->search.root);
	free(info->object_path);
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

/* Bytes of entries, or of line tables. */
#define LARGE (16u << 20)

/* How many overlapping ranges are looked at; only broken debug info has many. */
#define MAX_OVERLAP 16

/* Addresses of one function that line tables tell of: what is beyond is left out. */
#define MAX_ROWS (UINT32_C(1) << 16)

/* The ranges around an address, the one that begins last first. */
struct overlap {
	const struct debug_ranges *ranges;
	uint64_t address;
	size_t next, tries;
};

static struct overlap ranges_around(const struct debug_ranges *ranges, uint64_t address)
{
	size_t low = 0, high = ranges->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (ranges->items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return (struct overlap){ranges, address, low, MAX_OVERLAP};
}

static const struct debug_range *next_range(struct overlap *overlap)
{
	while (overlap->next && overlap->tries) {
		const struct debug_range *range = &overlap->ranges->items[--overlap->next];
		overlap->tries--;
		if (overlap->address < range->end)
			return range;
	}
	return NULL;
}

static bool covers(const struct debug_ranges *ranges, uint64_t address)
{
	struct overlap overlap = ranges_around(ranges, address);
	return next_range(&overlap) != NULL;
}

bool debug_info_covers(struct debug_info *info, uint64_t address)
{
	return (read_outline(info) && covers(&info->outline, address)) ||
	       (read_info(info) && covers(&info->ranges, address));
}

bool debug_info_has_outline(struct debug_info *info)
{
	return read_outline(info) && info->outline.count;
}

/* How many of the unit's entries begin at or below an address. */
static size_t entries_up_to(const struct debug_unit *unit, uint64_t address)
{
	size_t low = 0, high = unit->entries.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (unit->entries.items[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The function that is entered at an address. */
static const struct debug_entry *find_entered(const struct debug_unit *unit, uint64_t address)
{
	const struct debug_entry *found = NULL;
	for (size_t i = entries_up_to(unit, address); i-- > 0;) {
		const struct debug_entry *entry = &unit->entries.items[i];
		if (entry->start != address)
			break;
		if (entry->entered)
			found = entry;
	}
	return found;
}

/* The function whose code an address is in. */
static const struct debug_entry *find_around(const struct debug_unit *unit, uint64_t address)
{
	size_t next = entries_up_to(unit, address);
	for (size_t tries = MAX_OVERLAP; next && tries; tries--) {
		const struct debug_entry *entry = &unit->entries.items[--next];
		if (address - entry->start < entry->size)
			return entry;
	}
	return NULL;
}

/* The function that is entered at an address, and the unit that it was found in; NULL where none
 * is. */
static struct ptmem_error *entered_at(struct debug_info *info, uint64_t address,
	struct debug_unit **unit, const struct debug_entry **entry)
{
	struct overlap overlap;
	const struct debug_range *range;
	*entry = NULL;
	if (!read_info(info))
		return &error_no_memory;
	overlap = ranges_around(&info->ranges, address);
	while (!*entry && (range = next_range(&overlap))) {
		*unit = &info->main->units.items[range->unit];
		if (!debug_unit_index(*unit))
			return &error_no_memory;
		*entry = find_entered(*unit, address);
	}
	return NULL;
}

struct ptmem_error *debug_info_find(
	struct debug_info *info, uint64_t address, struct debug_function *function)
{
	struct debug_unit *unit;
	const struct debug_entry *entry;
	struct ptmem_error *error = entered_at(info, address, &unit, &entry);
	*function = (struct debug_function){0};
	if (!error && entry)
		debug_function_read(die_at(entry->unit, entry->offset), function);
	return error;
}

struct ptmem_error *debug_info_receiver(struct debug_info *info, uint64_t address, const char *name,
	struct object_rules *rules, struct receiver *receiver)
{
	struct debug_unit *unit;
	const struct debug_entry *entry;
	struct ptmem_error *error = entered_at(info, address, &unit, &entry);
	struct die die;
	if (error || !entry)
		return error;
	die = die_at(entry->unit, entry->offset);
	return !die.unit || debug_receiver_read(&die, address, name, rules, receiver)
		       ? NULL
		       : &error_no_memory;
}

bool debug_info_may_be_from(
	struct debug_info *info, uint64_t address, const struct pattern_list *patterns)
{
	struct overlap overlap;
	const struct debug_range *range;
	if (!read_info(info))
		return false;
	overlap = ranges_around(&info->ranges, address);
	while ((range = next_range(&overlap))) {
		if (debug_unit_may_match(&info->main->units.items[range->unit], patterns))
			return true;
	}
	return false;
}

static void read_line(struct debug_unit *unit, uint64_t address, struct debug_site *site)
{
	uint64_t file;
	if (debug_unit_line(unit, address, &file, &site->line))
		site->file = line_file_path(unit, file);
}

bool debug_info_is_large(struct debug_info *info)
{
	return info->present && (debug_section(info->main, DEBUG_INFO).size > LARGE ||
					debug_section(info->main, DEBUG_LINE).size > LARGE);
}

bool debug_info_prepare(struct debug_info *info, uint64_t address, uint64_t until)
{
	struct overlap overlap;
	const struct debug_range *range;
	if (!read_info(info))
		return true;
	overlap = ranges_around(&info->ranges, address);
	while ((range = next_range(&overlap))) {
		struct debug_unit *unit = &info->main->units.items[range->unit];
		if (!debug_unit_prepare_index(unit, until) ||
			!debug_unit_prepare_lines(unit, until))
			return false;
	}
	return true;
}

struct ptmem_error *debug_info_site(
	struct debug_info *info, uint64_t address, struct debug_site *site)
{
	struct overlap overlap;
	const struct debug_range *range;
	*site = (struct debug_site){0};
	if (!read_info(info))
		return &error_no_memory;
	overlap = ranges_around(&info->ranges, address);
	while ((range = next_range(&overlap))) {
		struct debug_unit *unit = &info->main->units.items[range->unit];
		if (!debug_unit_index(unit))
			return &error_no_memory;
		if (!site->file)
			read_line(unit, address, site);
		const struct debug_entry *entry = find_around(unit, address);
		if (!entry)
			continue;
		if (debug_inlined_read(entry, address, site))
			return NULL;
		debug_site_deinit(site);
		return &error_no_memory;
	}
	return NULL;
}

static bool add_row(struct debug_rows *rows, uint64_t address, bool begins_statement)
{
	struct debug_row *new = rows->count < MAX_ROWS ? vec_append(rows) : NULL;
	if (new)
		*new = (struct debug_row){address, begins_statement};
	return new || rows->count == MAX_ROWS;
}

static uint64_t row_address(const struct debug_lines *lines, bool statement, size_t i)
{
	return statement ? lines->statements.items[i] : lines->base + lines->rows.items[i].address;
}

/* What the table has between two addresses: statements, or all rows. */
static bool add_rows(const struct debug_lines *lines, bool statement, uint64_t start, uint64_t end,
	struct debug_rows *rows)
{
	size_t count = statement ? lines->statements.count : lines->rows.count;
	size_t low = 0, high = count;
	bool enough = true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (row_address(lines, statement, middle) < start)
			low = middle + 1;
		else
			high = middle;
	}
	for (; enough && low < count && row_address(lines, statement, low) < end; low++)
		if (statement || lines->rows.items[low].line)
			enough = add_row(rows, row_address(lines, statement, low), statement);
	return enough;
}

/* A function's code may be in several pieces, each an entry of its own here. */
static struct ptmem_error *read_pieces(
	struct debug_unit *unit, const struct debug_entry *function, struct debug_rows *rows)
{
	const struct debug_lines *lines = debug_unit_lines(unit);
	for (size_t i = 0; i < unit->entries.count; i++) {
		const struct debug_entry *piece = &unit->entries.items[i];
		uint64_t end = piece->start + piece->size;
		if (piece->offset != function->offset || piece->unit != function->unit)
			continue;
		if (!add_rows(lines, true, piece->start, end, rows) ||
			!add_rows(lines, false, piece->start, end, rows))
			return &error_no_memory;
	}
	return NULL;
}

struct ptmem_error *debug_info_rows(
	struct debug_info *info, uint64_t address, struct debug_rows *rows)
{
	struct debug_unit *unit;
	const struct debug_entry *entry;
	struct ptmem_error *error = entered_at(info, address, &unit, &entry);
	*rows = (struct debug_rows){0};
	return error || !entry ? error : read_pieces(unit, entry, rows);
}

static bool add_sources(struct debug_unit *unit, struct debug_sources *sources)
{
	const struct line_files *files = debug_unit_files(unit);
	for (uint64_t i = 0; i < files->files.count && i < MAX_ROWS; i++) {
		char *path = line_file_path(unit, i);
		struct debug_source *new = path ? vec_append(sources) : NULL;
		if (path && !new) {
			free(path);
			return false;
		}
		if (new)
			*new = (struct debug_source){path, files->files.items[i].sum};
	}
	return true;
}

struct ptmem_error *debug_info_sources(
	struct debug_info *info, uint64_t address, struct debug_sources *sources)
{
	struct overlap overlap;
	const struct debug_range *range;
	*sources = (struct debug_sources){0};
	if (!read_info(info))
		return &error_no_memory;
	overlap = ranges_around(&info->ranges, address);
	while ((range = next_range(&overlap)))
		if (!add_sources(&info->main->units.items[range->unit], sources)) {
			debug_sources_deinit(sources);
			return &error_no_memory;
		}
	return NULL;
}

void debug_sources_deinit(struct debug_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		free(sources->items[i].path);
	vec_deinit(sources);
}

void debug_site_deinit(struct debug_site *site)
{
	for (size_t i = 0; i < site->calls.count; i++) {
		free(site->calls.items[i].function.file);
		free(site->calls.items[i].file);
	}
	vec_deinit(&site->calls);
	free(site->file);
	*site = (struct debug_site){0};
}

static bool list_entry(const struct debug_entry *entry, struct debug_symbols *symbols)
{
	struct debug_function function;
	debug_function_read(die_at(entry->unit, entry->offset), &function);
	free(function.file);
	const char *name = function.linkage_name ? function.linkage_name : function.name;
	if (!name)
		return true;
	struct debug_symbol *symbol = vec_append(symbols);
	if (symbol)
		*symbol = (struct debug_symbol){entry->start, entry->size, name};
	return symbol != NULL;
}

struct ptmem_error *debug_info_list(struct debug_info *info, struct debug_symbols *symbols)
{
	if (!read_info(info))
		return &error_no_memory;
	for (size_t i = 0; info->main && i < info->main->units.count; i++) {
		struct debug_unit *unit = &info->main->units.items[i];
		if (unit->kind == DW_UT_type)
			continue;
		if (!debug_unit_index(unit))
			return &error_no_memory;
		for (size_t k = 0; k < unit->entries.count; k++) {
			const struct debug_entry *entry = &unit->entries.items[k];
			if (entry->entered && !list_entry(entry, symbols))
				return &error_no_memory;
		}
	}
	return NULL;
}
