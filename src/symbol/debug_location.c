/*
 * Where a parameter is when its function is entered. Compilers that optimise may hand it over
 * elsewhere than the ABI has it, or not at all, and say so in lists of locations.
 */
#include "symbol/debug_types.h"

/* GNU's: between what views of lines the next entry holds. */
#define DW_LLE_VIEW_PAIR 9

/* An expression: nothing but a register, or else what is not handed over. */
static enum debug_place place_of(struct elf_bytes expression, unsigned *number)
{
	if (expression.size != 1 || expression.data[0] < DW_OP_reg0 ||
		expression.data[0] > DW_OP_reg31)
		return DEBUG_PLACE_NONE;
	*number = expression.data[0] - DW_OP_reg0;
	return DEBUG_PLACE_REGISTER;
}

/* Where it has one location for as long as the function runs, that is on the stack in code that is
 * not optimised, where it is stored once the function has been entered. */
static enum debug_place place_throughout(struct elf_bytes expression, unsigned *number)
{
	if (expression.size &&
		(expression.data[0] == DW_OP_fbreg ||
			(expression.data[0] >= DW_OP_breg0 && expression.data[0] <= DW_OP_breg31)))
		return DEBUG_PLACE_UNKNOWN;
	return place_of(expression, number);
}

/* A list, entry by entry. */
struct locations {
	struct debug_unit *unit;
	struct cursor cursor;
	uint64_t base;
};

struct located {
	uint64_t start, end; /* nothing has none */
	bool everywhere;
};

static struct elf_bytes read_expression(struct locations *locations, uint64_t size)
{
	struct elf_bytes bytes = {locations->cursor.at, size};
	cursor_skip(&locations->cursor, size);
	return locations->cursor.bad ? (struct elf_bytes){0} : bytes;
}

static uint64_t indexed(struct locations *locations)
{
	uint64_t address = 0, index = cursor_uleb(&locations->cursor);
	unit_address(locations->unit, index, &address);
	return address;
}

/* The range of a DWARF 5 entry. False at the list's end; *has: an expression comes after it. */
static bool read_range(struct locations *locations, struct located *located, bool *has)
{
	struct cursor *cursor = &locations->cursor;
	*located = (struct located){0};
	*has = true;
	switch (cursor_fixed(cursor, 1)) {
	case DW_LLE_base_addressx:
		locations->base = indexed(locations);
		*has = false;
		return true;
	case DW_LLE_base_address:
		locations->base = cursor_fixed(cursor, 8);
		*has = false;
		return true;
	case DW_LLE_VIEW_PAIR:
		cursor_uleb(cursor);
		cursor_uleb(cursor);
		*has = false;
		return true;
	case DW_LLE_startx_endx:
		located->start = indexed(locations);
		located->end = indexed(locations);
		return true;
	case DW_LLE_startx_length:
		located->start = indexed(locations);
		located->end = located->start + cursor_uleb(cursor);
		return true;
	case DW_LLE_offset_pair:
		located->start = locations->base + cursor_uleb(cursor);
		located->end = locations->base + cursor_uleb(cursor);
		return true;
	case DW_LLE_default_location:
		located->everywhere = true;
		return true;
	case DW_LLE_start_end:
		located->start = cursor_fixed(cursor, 8);
		located->end = cursor_fixed(cursor, 8);
		return true;
	case DW_LLE_start_length:
		located->start = cursor_fixed(cursor, 8);
		located->end = located->start + cursor_uleb(cursor);
		return true;
	default:
		return false;
	}
}

/* The same before DWARF 5. */
static bool read_pair(struct locations *locations, struct located *located, bool *has)
{
	uint64_t start = cursor_fixed(&locations->cursor, 8);
	uint64_t end = cursor_fixed(&locations->cursor, 8);
	*located = (struct located){0};
	*has = start != UINT64_MAX;
	if (!*has)
		locations->base = end;
	else
		*located = (struct located){locations->base + start, locations->base + end, false};
	return start || end;
}

static enum debug_place search_list(struct locations *locations, uint64_t address, unsigned *number)
{
	bool old = locations->unit->version < 5, has;
	struct located located;
	while (!locations->cursor.bad && (old ? read_pair(locations, &located, &has)
					      : read_range(locations, &located, &has))) {
		struct elf_bytes expression;
		if (!has)
			continue;
		expression = read_expression(locations, old ? cursor_fixed(&locations->cursor, 2)
							    : cursor_uleb(&locations->cursor));
		if (expression.data &&
			(located.everywhere || (address >= located.start && address < located.end)))
			return place_of(expression, number);
	}
	return DEBUG_PLACE_NONE;
}

/* DW_FORM_loclistx is a number in a table of offsets that count from the table itself, which begins
 * behind the section's header where the unit does not say. */
static uint64_t indexed_list(struct debug_unit *unit, struct elf_bytes lists, uint64_t index)
{
	struct die root = die_root(unit);
	uint64_t base = unit->offset_size == 8 ? 20 : 12, offset;
	struct form_value value =
		root.unit ? die_value(&root, DW_AT_loclists_base) : (struct form_value){0};
	struct cursor cursor;
	if (value.form)
		form_offset(&value, &base);
	if (index > lists.size || base > lists.size)
		return UINT64_MAX;
	cursor = cursor_at(lists, base + index * unit->offset_size);
	offset = cursor_fixed(&cursor, unit->offset_size);
	return cursor.bad || offset > lists.size ? UINT64_MAX : base + offset;
}

static enum debug_place place_in_list(
	struct debug_unit *unit, const struct form_value *value, uint64_t address, unsigned *number)
{
	struct debug_unit *linked = debug_unit_linked(unit);
	struct locations locations = {.unit = unit};
	bool old = unit->version < 5;
	uint64_t position = value->number;
	struct elf_bytes lists = debug_section(unit->file, old ? DEBUG_LOC : DEBUG_LOCLISTS);
	/* GNU's split units have another form before DWARF 5. */
	if (!lists.size || (old && unit->file->flavour == DEBUG_SPLIT) ||
		!debug_unit_read_root(linked))
		return DEBUG_PLACE_UNKNOWN;
	form_address(linked, &linked->low_pc, &locations.base);
	if (value->form == DW_FORM_loclistx)
		position = indexed_list(unit, lists, position);
	locations.cursor = cursor_at(lists, position);
	return search_list(&locations, address, number);
}

enum debug_place debug_place_at(const struct die *parameter, uint64_t address, unsigned *number)
{
	struct form_value value = die_value(parameter, DW_AT_location);
	switch (value.form) {
	case 0:
		return DEBUG_PLACE_NONE;
	case DW_FORM_exprloc:
	case DW_FORM_block:
	case DW_FORM_block1:
	case DW_FORM_block2:
	case DW_FORM_block4:
		return place_throughout(die_block(parameter, DW_AT_location), number);
	case DW_FORM_sec_offset:
	case DW_FORM_loclistx:
	case DW_FORM_data4:
	case DW_FORM_data8:
		return place_in_list(parameter->unit, &value, address, number);
	default:
		return DEBUG_PLACE_UNKNOWN;
	}
}
