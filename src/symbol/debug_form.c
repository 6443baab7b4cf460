/* Values of attributes, in every form of DWARF 2 to 5 and of GNU's additions to 4. */
#include "symbol/debug_internal.h"

static const char *read_text(struct cursor *cursor)
{
	return cursor_string(cursor);
}

/* Blocks are of no use here: their length is their value. */
static uint64_t skip_block(struct cursor *cursor, uint64_t length)
{
	cursor_skip(cursor, length);
	return length;
}

static uint64_t read_number(
	struct cursor *cursor, const struct debug_unit *unit, uint64_t form, int64_t constant)
{
	switch (form) {
	case DW_FORM_flag_present:
		return 1;
	case DW_FORM_implicit_const:
		return (uint64_t)constant;
	case DW_FORM_data1:
	case DW_FORM_ref1:
	case DW_FORM_flag:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return cursor_fixed(cursor, 1);
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return cursor_fixed(cursor, 2);
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return cursor_fixed(cursor, 3);
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_ref_sup4:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
		return cursor_fixed(cursor, 4);
	case DW_FORM_addr:
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sup8:
	case DW_FORM_ref_sig8:
		return cursor_fixed(cursor, 8);
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_strp_sup:
	case DW_FORM_sec_offset:
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return cursor_fixed(cursor, unit->offset_size);
	case DW_FORM_ref_addr: /* as wide as an address in DWARF 2 */
		return cursor_fixed(cursor, unit->version == 2 ? 8 : unit->offset_size);
	case DW_FORM_sdata:
		return (uint64_t)cursor_sleb(cursor);
	case DW_FORM_udata:
	case DW_FORM_ref_udata:
	case DW_FORM_strx:
	case DW_FORM_addrx:
	case DW_FORM_loclistx:
	case DW_FORM_rnglistx:
	case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
		return cursor_uleb(cursor);
	case DW_FORM_data16:
		return skip_block(cursor, 16);
	case DW_FORM_block1:
		return skip_block(cursor, cursor_fixed(cursor, 1));
	case DW_FORM_block2:
		return skip_block(cursor, cursor_fixed(cursor, 2));
	case DW_FORM_block4:
		return skip_block(cursor, cursor_fixed(cursor, 4));
	case DW_FORM_block:
	case DW_FORM_exprloc:
		return skip_block(cursor, cursor_uleb(cursor));
	default:
		cursor->bad = true;
		return 0;
	}
}

struct form_value form_read(
	struct cursor *cursor, const struct debug_unit *unit, uint64_t form, int64_t constant)
{
	/* A form that is in place, once: none is worth another level. */
	if (form == DW_FORM_indirect)
		form = cursor_uleb(cursor);
	struct form_value value = {.form = form <= UINT16_MAX ? (uint16_t)form : 0};
	if (form == DW_FORM_string)
		value.text = read_text(cursor);
	else
		value.number = read_number(cursor, unit, value.form, constant);
	return cursor->bad ? (struct form_value){0} : value;
}

static const char *text_in(struct debug_file *file, enum debug_section section, uint64_t offset)
{
	struct cursor cursor = cursor_at(debug_section(file, section), offset);
	return cursor_string(&cursor);
}

/* A string by its number, in the unit's part of a table of offsets. */
static const char *numbered_text(struct debug_unit *unit, uint64_t index)
{
	struct elf_bytes table = debug_section(unit->file, DEBUG_STR_OFFSETS);
	if (!debug_unit_read_root(unit) || index > table.size / 4 ||
		unit->strings_base > table.size)
		return NULL;
	struct cursor cursor = cursor_at(table, unit->strings_base + index * unit->offset_size);
	uint64_t offset = cursor_fixed(&cursor, unit->offset_size);
	return cursor.bad ? NULL : text_in(unit->file, DEBUG_STR, offset);
}

static const char *supplementary_text(struct debug_file *file, uint64_t offset)
{
	struct debug_file *supplement = debug_supplement(file);
	return supplement ? text_in(supplement, DEBUG_STR, offset) : NULL;
}

static const char *find_text(struct debug_unit *unit, const struct form_value *value)
{
	switch (value->form) {
	case DW_FORM_string:
		return value->text;
	case DW_FORM_strp:
		return text_in(unit->file, DEBUG_STR, value->number);
	case DW_FORM_line_strp:
		return text_in(unit->file, DEBUG_LINE_STR, value->number);
	case DW_FORM_strp_sup:
	case DW_FORM_GNU_strp_alt:
		return supplementary_text(unit->file, value->number);
	case DW_FORM_strx:
	case DW_FORM_strx1:
	case DW_FORM_strx2:
	case DW_FORM_strx3:
	case DW_FORM_strx4:
	case DW_FORM_GNU_str_index:
		return numbered_text(unit, value->number);
	default:
		return NULL;
	}
}

const char *form_text(struct debug_unit *unit, const struct form_value *value)
{
	const char *text = find_text(unit, value);
	return text && *text ? text : NULL;
}

bool unit_address(struct debug_unit *unit, uint64_t index, uint64_t *address)
{
	struct debug_unit *linked = debug_unit_linked(unit);
	if (!debug_unit_read_root(linked))
		return false;
	struct elf_bytes table = debug_section(linked->file, DEBUG_ADDR);
	if (index > table.size / 8 || linked->addresses_base > table.size)
		return false;
	struct cursor cursor = cursor_at(table, linked->addresses_base + index * 8);
	uint64_t value = cursor_fixed(&cursor, 8);
	if (!cursor.bad)
		*address = value;
	return !cursor.bad;
}

bool form_address(struct debug_unit *unit, const struct form_value *value, uint64_t *address)
{
	switch (value->form) {
	case DW_FORM_addr:
		*address = value->number;
		return true;
	case DW_FORM_addrx:
	case DW_FORM_addrx1:
	case DW_FORM_addrx2:
	case DW_FORM_addrx3:
	case DW_FORM_addrx4:
	case DW_FORM_GNU_addr_index:
		return unit_address(unit, value->number, address);
	default:
		return false;
	}
}

bool form_number(const struct form_value *value, uint64_t *number)
{
	switch (value->form) {
	case DW_FORM_sdata:
	case DW_FORM_implicit_const:
		if ((int64_t)value->number < 0)
			return false;
		break;
	case DW_FORM_data1:
	case DW_FORM_data2:
	case DW_FORM_data4:
	case DW_FORM_data8:
	case DW_FORM_udata:
	case DW_FORM_flag:
	case DW_FORM_flag_present:
	case DW_FORM_rnglistx:
		break;
	default:
		return false;
	}
	*number = value->number;
	return true;
}

bool form_offset(const struct form_value *value, uint64_t *offset)
{
	if (value->form != DW_FORM_sec_offset)
		return value->form != DW_FORM_rnglistx && form_number(value, offset);
	*offset = value->number;
	return true;
}
