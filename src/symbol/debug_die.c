/* Reading entries. All that is read is bounded by the unit that it is in. */
#include "symbol/debug_internal.h"

/* The unit's abbreviations; NULL where they cannot be had. */
static const struct abbrev_table *unit_table(struct debug_unit *unit)
{
	struct debug_file *file = unit->file;
	if (!unit->table)
		unit->table = abbrev_tables_get(
			&file->tables, debug_section(file, DEBUG_ABBREV), unit->abbreviations);
	if (!unit->table || unit->table->damaged)
		debug_note_problem(file, "abbreviations are damaged");
	return unit->table;
}

/* A cursor that ends with the unit. */
static struct cursor unit_cursor(struct debug_unit *unit, uint64_t offset)
{
	struct elf_bytes bytes = debug_section(unit->file, unit->section);
	if (offset < unit->root || offset >= unit->end)
		return (struct cursor){.bad = true};
	bytes.size = unit->end < bytes.size ? unit->end : bytes.size;
	return cursor_at(bytes, offset);
}

/* The entry whose code is read already, and not 0. */
static struct die make_die(
	struct debug_unit *unit, uint64_t offset, uint64_t code, const uint8_t *values)
{
	const struct abbrev_table *table = unit_table(unit);
	const struct abbrev *abbrev = table ? abbrev_find(table, code) : NULL;
	if (!abbrev)
		return (struct die){0};
	return (struct die){
		.unit = unit,
		.offset = offset,
		.abbrev = abbrev,
		/* Where no abbreviation has any there is no array either. */
		.attributes = abbrev->count ? table->attributes.items + abbrev->first : NULL,
		.values = values,
	};
}

struct die die_at(struct debug_unit *unit, uint64_t offset)
{
	struct cursor cursor = unit_cursor(unit, offset);
	uint64_t code = cursor_uleb(&cursor);
	return cursor.bad || !code ? (struct die){0} : make_die(unit, offset, code, cursor.at);
}

struct die die_root(struct debug_unit *unit)
{
	return die_at(unit, unit->root);
}

static struct cursor value_cursor(const struct die *die)
{
	struct cursor cursor = unit_cursor(die->unit, die->offset);
	cursor.at = die->values;
	return cursor;
}

bool die_has(const struct die *die, uint16_t attribute)
{
	for (uint32_t i = 0; i < die->abbrev->count; i++) {
		if (die->attributes[i].name == attribute)
			return true;
	}
	return false;
}

struct form_value die_value(const struct die *die, uint16_t attribute)
{
	if (!die_has(die, attribute))
		return (struct form_value){0};
	struct cursor cursor = value_cursor(die);
	for (uint32_t i = 0; i < die->abbrev->count && !cursor.bad; i++) {
		struct form_value value = form_read(
			&cursor, die->unit, die->attributes[i].form, die->attributes[i].constant);
		if (die->attributes[i].name == attribute)
			return value;
	}
	return (struct form_value){0};
}

struct elf_bytes die_block(const struct die *die, uint16_t attribute)
{
	struct cursor cursor = value_cursor(die);
	for (uint32_t i = 0; i < die->abbrev->count && !cursor.bad; i++) {
		uint64_t form = die->attributes[i].form;
		struct form_value value =
			form_read(&cursor, die->unit, form, die->attributes[i].constant);
		bool block = value.form == DW_FORM_exprloc || value.form == DW_FORM_block ||
			     value.form == DW_FORM_block1 || value.form == DW_FORM_block2 ||
			     value.form == DW_FORM_block4;
		if (die->attributes[i].name == attribute)
			return block ? (struct elf_bytes){cursor.at - value.number, value.number}
				     : (struct elf_bytes){0};
	}
	return (struct elf_bytes){0};
}

const char *die_string(const struct die *die, uint16_t attribute)
{
	struct form_value value = die_value(die, attribute);
	return form_text(die->unit, &value);
}

bool die_number(const struct die *die, uint16_t attribute, uint64_t *number)
{
	struct form_value value = die_value(die, attribute);
	return form_number(&value, number);
}

bool die_address(const struct die *die, uint16_t attribute, uint64_t *address)
{
	struct form_value value = die_value(die, attribute);
	return form_address(die->unit, &value, address);
}

static struct die die_in_file(struct debug_file *file, enum debug_section section, uint64_t offset)
{
	struct debug_unit *unit = file ? debug_unit_around(file, section, offset) : NULL;
	return unit ? die_at(unit, offset) : (struct die){0};
}

/* In the file itself, or another part of the package that it is from. */
static struct die die_of_type(struct debug_unit *from, uint64_t signature)
{
	struct debug_unit *unit = debug_unit_of_type(from->file, signature);
	if (!unit && from->file->flavour == DEBUG_SPLIT) {
		struct debug_file *part =
			debug_package_part(from->file->info, DEBUG_TU_INDEX, signature);
		unit = part ? debug_unit_of_type(part, signature) : NULL;
	}
	if (unit && debug_unit_linked(from) != from && !unit->skeleton)
		unit->skeleton = debug_unit_linked(from);
	return unit ? die_at(unit, unit->type) : (struct die){0};
}

struct die die_of_reference(const struct die *from, const struct form_value *value)
{
	struct debug_unit *unit = from->unit;
	switch (value->form) {
	case DW_FORM_ref1:
	case DW_FORM_ref2:
	case DW_FORM_ref4:
	case DW_FORM_ref8:
	case DW_FORM_ref_udata:
		/* Within the unit: a sum that wraps around is outside, and refused. */
		return die_at(unit, unit->start + value->number);
	case DW_FORM_ref_addr:
		return die_in_file(unit->file, DEBUG_INFO, value->number);
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_ref_sup4:
	case DW_FORM_ref_sup8:
		return die_in_file(debug_supplement(unit->file), DEBUG_INFO, value->number);
	case DW_FORM_ref_sig8:
		return die_of_type(unit, value->number);
	default:
		return (struct die){0};
	}
}

struct die_walk die_walk_below(const struct die *die)
{
	struct die_walk walk = {
		.unit = die->unit,
		.cursor = value_cursor(die),
		.origin = debug_section(die->unit->file, die->unit->section).data,
	};
	for (uint32_t i = 0; i < die->abbrev->count; i++)
		form_read(&walk.cursor, die->unit, die->attributes[i].form,
			die->attributes[i].constant);
	walk.pending = die->abbrev->children;
	return walk;
}

static void skip_value(struct cursor *cursor, const struct debug_unit *unit,
	const struct abbrev_attribute *attribute)
{
	if (attribute->size < ABBREV_OFFSET)
		cursor_skip(cursor, attribute->size);
	else if (attribute->size == ABBREV_OFFSET)
		cursor_skip(cursor, unit->offset_size);
	else
		form_read(cursor, unit, attribute->form, attribute->constant);
}

/* Behind an entry's values. Where its children end is remembered, if the entry says so. */
static void skip_values(struct die_walk *walk, const struct die *die)
{
	const struct abbrev *abbrev = die->abbrev;
	bool says_sibling = abbrev->children && abbrev->sibling;
	walk->sibling = 0;
	if (abbrev->fixed && !says_sibling) {
		unsigned wide = walk->unit->version == 2 ? 8 : walk->unit->offset_size;
		cursor_skip(&walk->cursor,
			abbrev->bytes + (uint64_t)abbrev->offsets * walk->unit->offset_size +
				(uint64_t)abbrev->references * wide);
		return;
	}
	for (uint32_t i = 0; i < abbrev->count; i++) {
		const struct abbrev_attribute *attribute = &die->attributes[i];
		if (!says_sibling || attribute->name != DW_AT_sibling) {
			skip_value(&walk->cursor, walk->unit, attribute);
			continue;
		}
		struct form_value value =
			form_read(&walk->cursor, walk->unit, attribute->form, attribute->constant);
		walk->sibling = value.form ? walk->unit->start + value.number : 0;
	}
}

/* Jumps over children to where the entry says that they end, if that is ahead. */
static bool skip_by_sibling(struct die_walk *walk)
{
	uint64_t here = (uint64_t)(walk->cursor.at - walk->origin);
	if (walk->sibling <= here || walk->sibling >= walk->unit->end)
		return false;
	walk->cursor.at = walk->origin + walk->sibling;
	return true;
}

/* The next entry or end of a list; `die` has no unit at an end. False at damage. */
static bool step(struct die_walk *walk, struct die *die)
{
	*die = (struct die){0};
	if (!walk->cursor.bad && !cursor_left(&walk->cursor)) {
		walk->depth = 1; /* the unit's end ends all lists that are open */
		return true;
	}
	uint64_t offset = (uint64_t)(walk->cursor.at - walk->origin);
	uint64_t code = cursor_uleb(&walk->cursor);
	if (walk->cursor.bad)
		return false;
	if (!code)
		return true;
	*die = make_die(walk->unit, offset, code, walk->cursor.at);
	if (!die->unit)
		return false;
	skip_values(walk, die);
	return !walk->cursor.bad;
}

/* Reads entries until a given depth is reached again. False at the end and at damage. */
static bool leave(struct die_walk *walk, unsigned depth)
{
	struct die die;
	bool good = true;
	while (walk->depth > depth && (good = step(walk, &die))) {
		if (!die.unit)
			walk->depth--;
		else if (die.abbrev->children && !skip_by_sibling(walk))
			walk->depth++;
	}
	return good;
}

bool die_walk_next(struct die_walk *walk, struct die *die, bool into)
{
	bool good = true;
	if (walk->pending && (into || !walk->depth)) {
		walk->depth++;
	} else if (walk->pending && !skip_by_sibling(walk)) {
		walk->depth++;
		good = leave(walk, walk->depth - 1);
	}
	walk->pending = false;
	while (good && walk->depth && (good = step(walk, die)) && !die->unit)
		walk->depth--;
	if (!good) {
		walk->unit->file->damaged = true;
		debug_note_problem(walk->unit->file, "entries of a unit are damaged");
		walk->depth = 0;
	}
	if (!walk->depth)
		return false;
	walk->pending = die->abbrev->children;
	return true;
}
