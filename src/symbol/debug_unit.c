/* What a unit's root entry says, and which unit has what. */
#include "symbol/debug_internal.h"

/* Where a table's entries begin, if nothing is said: behind the header of the section's first. */
static uint64_t first_behind_header(const struct debug_unit *unit, unsigned small, unsigned wide)
{
	if (unit->version < 5)
		return 0;
	return unit->offset_size == 8 ? wide : small;
}

static void set_defaults(struct debug_unit *unit)
{
	unit->strings_base = first_behind_header(unit, 8, 16);
	unit->addresses_base = first_behind_header(unit, 8, 16);
	unit->lists_base = first_behind_header(unit, 12, 20);
}

static void take_attribute(
	struct debug_unit *unit, uint16_t attribute, const struct form_value *value)
{
	switch (attribute) {
	case DW_AT_name:
		unit->name = *value;
		break;
	case DW_AT_language:
		form_number(value, &unit->language);
		break;
	case DW_AT_comp_dir:
		unit->directory = *value;
		break;
	case DW_AT_dwo_name:
	case DW_AT_GNU_dwo_name:
		unit->split_name = *value;
		break;
	case DW_AT_low_pc:
		unit->low_pc = *value;
		break;
	case DW_AT_high_pc:
		unit->high_pc = *value;
		break;
	case DW_AT_ranges:
		unit->ranges = *value;
		break;
	case DW_AT_stmt_list:
		unit->lines_at = *value;
		break;
	case DW_AT_GNU_dwo_id:
		form_number(value, &unit->signature);
		break;
	case DW_AT_str_offsets_base:
		form_offset(value, &unit->strings_base);
		break;
	case DW_AT_addr_base:
	case DW_AT_GNU_addr_base:
		form_offset(value, &unit->addresses_base);
		break;
	case DW_AT_rnglists_base:
		form_offset(value, &unit->lists_base);
		break;
	case DW_AT_GNU_ranges_base:
		form_offset(value, &unit->split_lists_base);
		break;
	default:
		break;
	}
}

static bool read_root(struct debug_unit *unit)
{
	struct debug_file *file = unit->file;
	struct cursor cursor = cursor_at(debug_section(file, unit->section), unit->root);
	const struct abbrev *abbrev =
		abbrev_read_one(&file->tables, debug_section(file, DEBUG_ABBREV),
			unit->abbreviations, cursor_uleb(&cursor), &file->scratch);
	if (!abbrev || cursor.bad)
		return false;
	unit->tag = abbrev->tag;
	for (uint32_t i = 0; i < abbrev->count && !cursor.bad; i++) {
		struct abbrev_attribute attribute =
			file->scratch.attributes.items[abbrev->first + i];
		struct form_value value =
			form_read(&cursor, unit, attribute.form, attribute.constant);
		take_attribute(unit, attribute.name, &value);
	}
	return !cursor.bad;
}

bool debug_unit_read_root(struct debug_unit *unit)
{
	if (unit->root_progress == DEBUG_UNREAD) {
		set_defaults(unit);
		bool read = read_root(unit);
		unit->root_progress = read ? DEBUG_READ : DEBUG_UNREADABLE;
		if (!read) {
			unit->file->damaged = true;
			debug_note_problem(unit->file, "a unit cannot be read");
		}
	}
	return unit->root_progress == DEBUG_READ;
}

struct debug_unit *debug_unit_whole(struct debug_unit *unit)
{
	bool linked = unit->file->flavour == DEBUG_LINKED;
	if (!linked || !debug_unit_read_root(unit) || !unit->split_name.form)
		return unit;
	if (unit->split_progress == DEBUG_UNREAD) {
		unit->split = debug_split_find(unit);
		unit->split_progress = DEBUG_READ;
	}
	/* A skeleton may have a few entries of its own. */
	return unit->split ? unit->split : unit;
}

struct debug_unit *debug_unit_linked(struct debug_unit *unit)
{
	return unit->skeleton ? unit->skeleton : unit;
}
