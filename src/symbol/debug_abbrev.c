/* Abbreviation tables. */
#include "symbol/debug_abbrev.h"

#include "symbol/debug_bytes.h"
#include "symbol/debug_libdwarf.h"

#include <stdlib.h>

/* How often a section may be read over: units that share their tables share what is read. */
#define READ_OVER 16
#define READ_ANYWAY (16u << 20)

/* No code means that all are wanted, since 0 ends a table. */
#define EVERY_CODE 0

/* How many bytes a value takes, or what tells. */
static uint8_t size_of_form(uint16_t form)
{
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1:
	case DW_FORM_ref1:
	case DW_FORM_flag:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_ref_sup4:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
		return 4;
	case DW_FORM_addr:
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sup8:
	case DW_FORM_ref_sig8:
		return 8;
	case DW_FORM_data16:
		return 16;
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_strp_sup:
	case DW_FORM_sec_offset:
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return ABBREV_OFFSET;
	case DW_FORM_ref_addr:
		return ABBREV_REFERENCE;
	default:
		return ABBREV_VARIES;
	}
}

static void add_attribute(struct abbrev *abbrev, const struct abbrev_attribute *attribute)
{
	abbrev->count++;
	abbrev->sibling |= attribute->name == DW_AT_sibling;
	if (attribute->size == ABBREV_VARIES)
		abbrev->fixed = false;
	else if (attribute->size == ABBREV_OFFSET)
		abbrev->offsets++;
	else if (attribute->size == ABBREV_REFERENCE)
		abbrev->references++;
	else
		abbrev->bytes += attribute->size;
}

static bool read_attributes(
	struct cursor *cursor, struct abbrev_table *table, struct abbrev *abbrev)
{
	while (!cursor->bad) {
		uint64_t name = cursor_uleb(cursor), form = cursor_uleb(cursor);
		int64_t constant = form == DW_FORM_implicit_const ? cursor_sleb(cursor) : 0;
		if (!name && !form)
			return true;
		struct abbrev_attribute *new = vec_append(&table->attributes);
		if (!new)
			return false;
		/* What does not fit is unknown, and is skipped or fails by its form. */
		*new = (struct abbrev_attribute){
			.name = name <= UINT16_MAX ? (uint16_t)name : 0,
			.form = form <= UINT16_MAX ? (uint16_t)form : 0,
			.constant = constant == (int32_t)constant ? (int32_t)constant : 0,
		};
		new->size = size_of_form(new->form);
		add_attribute(abbrev, new);
	}
	return true;
}

/* Reads one abbreviation. False at the end of the table, and when out of memory. */
static bool read_abbrev(struct cursor *cursor, struct abbrev_table *table, bool *enough)
{
	struct abbrev abbrev = {.code = cursor_uleb(cursor), .fixed = true};
	if (!abbrev.code || cursor->bad)
		return false;
	uint64_t tag = cursor_uleb(cursor);
	abbrev.tag = tag <= UINT16_MAX ? (uint16_t)tag : 0;
	abbrev.children = cursor_fixed(cursor, 1) != 0;
	abbrev.first = (uint32_t)table->attributes.count;
	*enough = read_attributes(cursor, table, &abbrev);
	if (!*enough || cursor->bad)
		return false;
	struct abbrev *new = vec_append(&table->items);
	*enough = new != NULL;
	if (new)
		*new = abbrev;
	return *enough;
}

/* False when out of memory. The table is emptied, and keeps its memory. */
static bool read_table(struct abbrev_tables *tables, struct elf_bytes section, uint64_t offset,
	uint64_t until, struct abbrev_table *table)
{
	struct cursor cursor = cursor_at(section, offset);
	uint64_t before = cursor_left(&cursor);
	bool enough = true;
	table->offset = offset;
	table->items.count = table->attributes.count = 0;
	while (read_abbrev(&cursor, table, &enough)) {
		if (until != EVERY_CODE && table->items.items[table->items.count - 1].code == until)
			break;
	}
	table->damaged = cursor.bad;
	tables->spent += before - cursor_left(&cursor) + 1;
	return enough;
}

static bool too_much(const struct abbrev_tables *tables, struct elf_bytes section)
{
	return tables->spent / READ_OVER > section.size + READ_ANYWAY / READ_OVER;
}

static int by_code(const void *a, const void *b)
{
	const struct abbrev *left = a, *right = b;
	return (left->code > right->code) - (left->code < right->code);
}

/* Compilers number from 1 without a gap, so there is rarely anything to sort. */
static void sort_table(struct abbrev_table *table)
{
	for (size_t i = 1; i < table->items.count; i++) {
		if (table->items.items[i - 1].code >= table->items.items[i].code) {
			qsort(table->items.items, table->items.count, sizeof *table->items.items,
				by_code);
			return;
		}
	}
}

static struct abbrev_table *add_table(
	struct abbrev_tables *tables, struct elf_bytes section, uint64_t offset)
{
	struct abbrev_table *new = calloc(1, sizeof *new);
	struct abbrev_table **place = new ? vec_append(&tables->items) : NULL;
	if (!place) {
		free(new);
		return NULL;
	}
	*place = new;
	if (!read_table(tables, section, offset, EVERY_CODE, new) ||
		!map_set(&tables->by_offset, offset, (uint32_t)(tables->items.count - 1)))
		return NULL;
	sort_table(new);
	return new;
}

const struct abbrev_table *abbrev_tables_get(
	struct abbrev_tables *tables, struct elf_bytes section, uint64_t offset)
{
	uint32_t known = map_get(&tables->by_offset, offset);
	if (known != MAP_NONE)
		return tables->items.items[known];
	return too_much(tables, section) ? NULL : add_table(tables, section, offset);
}

const struct abbrev *abbrev_read_one(struct abbrev_tables *tables, struct elf_bytes section,
	uint64_t offset, uint64_t code, struct abbrev_table *table)
{
	if (too_much(tables, section) || !read_table(tables, section, offset, code, table) ||
		!table->items.count)
		return NULL;
	const struct abbrev *last = &table->items.items[table->items.count - 1];
	return last->code == code ? last : NULL;
}

const struct abbrev *abbrev_find(const struct abbrev_table *table, uint64_t code)
{
	const struct abbrev *items = table->items.items;
	size_t low = 0, high = table->items.count;
	if (code && code <= high && items[code - 1].code == code)
		return &items[code - 1];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (items[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return low < table->items.count && items[low].code == code ? &items[low] : NULL;
}

void abbrev_table_deinit(struct abbrev_table *table)
{
	vec_deinit(&table->items);
	vec_deinit(&table->attributes);
}

void abbrev_tables_deinit(struct abbrev_tables *tables)
{
	for (size_t i = 0; i < tables->items.count; i++) {
		abbrev_table_deinit(tables->items.items[i]);
		free(tables->items.items[i]);
	}
	vec_deinit(&tables->items);
	map_deinit(&tables->by_offset);
}
