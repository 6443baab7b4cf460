/*
 * What libdwarf is used for: it reads a function's entry where that is in the object's own file.
 * It gets to see one unit at a time, as if that were all there is, since it walks all that come
 * before an entry; and the unit's header, abbreviations and root entry were checked already, since
 * it believes some of what is in them. Every call is made with a Dwarf_Error of
 * ours: without one to fill it aborts the process.
 *
 * Its own ELF reader would copy each section whole, trust their headers, and differ from release
 * to release in how it is called; here it is given the bytes.
 */
#include "symbol/debug_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* What libdwarf is shown: all that entries lead to, and no line tables or ranges. */
static const enum debug_section shown[] = {
	DEBUG_INFO,
	DEBUG_ABBREV,
	DEBUG_STR,
	DEBUG_LINE_STR,
	DEBUG_ADDR,
	DEBUG_STR_OFFSETS,
};

#define SHOWN (sizeof shown / sizeof *shown)

struct debug_libdwarf {
	struct debug_file *file;
	struct debug_unit *unit; /* that it sees; NULL: none yet */
#if LIBDWARF_RENEWED
	Dwarf_Obj_Access_Interface_a interface;
#else
	Dwarf_Obj_Access_Interface interface;
#endif
};

/* Section 0 is the empty one, as in ELF. */
static struct elf_bytes section_bytes(void *object, uint64_t index)
{
	const struct debug_libdwarf *libdwarf = object;
	const struct debug_unit *unit = libdwarf->unit;
	if (!index || index > SHOWN)
		return (struct elf_bytes){0};
	struct elf_bytes bytes = debug_section(libdwarf->file, shown[index - 1]);
	return shown[index - 1] == DEBUG_INFO
		       ? (struct elf_bytes){bytes.data + unit->start, unit->end - unit->start}
		       : bytes;
}

static const char *section_name(uint64_t index)
{
	return index ? debug_section_name(shown[index - 1]) : "";
}

static Dwarf_Small width_of_64_bits(void *object)
{
	(void)object;
	return 8;
}

static Dwarf_Unsigned section_count(void *object)
{
	(void)object;
	return SHOWN + 1;
}

static int load_bytes(void *object, uint64_t index, Dwarf_Small **data)
{
	/* libdwarf reads only, for all that its type says. */
	*data = (Dwarf_Small *)(uintptr_t)section_bytes(object, index).data;
	return *data ? DW_DLV_OK : DW_DLV_NO_ENTRY;
}

#if LIBDWARF_RENEWED

/* Sections were counted in 16 bits until release 0.7. */
#if DW_LIBDWARF_VERSION_MAJOR == 0 && DW_LIBDWARF_VERSION_MINOR < 7
typedef Dwarf_Half section_index;
#else
typedef Dwarf_Unsigned section_index;
#endif

static int section_info(
	void *object, section_index index, Dwarf_Obj_Access_Section_a *section, int *error)
{
	(void)error;
	if (index > SHOWN)
		return DW_DLV_NO_ENTRY;
	*section = (Dwarf_Obj_Access_Section_a){
		.as_name = section_name(index),
		.as_type = 1,
		.as_size = section_bytes(object, index).size,
		.as_addralign = 1,
	};
	return DW_DLV_OK;
}

static int load_section(void *object, section_index index, Dwarf_Small **data, int *error)
{
	(void)error;
	return load_bytes(object, index, data);
}

static Dwarf_Small byte_order(void *object)
{
	(void)object;
	return DW_END_little;
}

/* No stretch of a section is longer than all of them. */
static Dwarf_Unsigned file_size(void *object)
{
	Dwarf_Unsigned size = 0;
	for (size_t i = 1; i <= SHOWN; i++)
		size += section_bytes(object, i).size;
	return size;
}

static const Dwarf_Obj_Access_Methods_a methods = {
	.om_get_section_info = section_info,
	.om_get_byte_order = byte_order,
	.om_get_length_size = width_of_64_bits,
	.om_get_pointer_size = width_of_64_bits,
	.om_get_filesize = file_size,
	.om_get_section_count = section_count,
	.om_load_section = load_section,
};

static int start(struct debug_libdwarf *libdwarf, Dwarf_Debug *handle, Dwarf_Error *error)
{
	libdwarf->interface = (Dwarf_Obj_Access_Interface_a){libdwarf, &methods};
	return dwarf_object_init_b(
		&libdwarf->interface, NULL, NULL, DW_GROUPNUMBER_ANY, handle, error);
}

static void finish(Dwarf_Debug handle)
{
	dwarf_object_finish(handle);
}

#else

static int section_info(
	void *object, Dwarf_Half index, Dwarf_Obj_Access_Section *section, int *error)
{
	(void)error;
	if (index > SHOWN)
		return DW_DLV_NO_ENTRY;
	*section = (Dwarf_Obj_Access_Section){
		.name = section_name(index),
		.type = 1,
		.size = section_bytes(object, index).size,
	};
	return DW_DLV_OK;
}

static int load_section(void *object, Dwarf_Half index, Dwarf_Small **data, int *error)
{
	(void)error;
	return load_bytes(object, index, data);
}

static Dwarf_Endianness byte_order(void *object)
{
	(void)object;
	return DW_OBJECT_LSB;
}

static const Dwarf_Obj_Access_Methods methods = {
	.get_section_info = section_info,
	.get_byte_order = byte_order,
	.get_length_size = width_of_64_bits,
	.get_pointer_size = width_of_64_bits,
	.get_section_count = section_count,
	.load_section = load_section,
};

static int start(struct debug_libdwarf *libdwarf, Dwarf_Debug *handle, Dwarf_Error *error)
{
	libdwarf->interface = (Dwarf_Obj_Access_Interface){libdwarf, &methods};
	return dwarf_object_init_b(
		&libdwarf->interface, NULL, NULL, DW_GROUPNUMBER_ANY, handle, error);
}

static void finish(Dwarf_Debug handle)
{
	Dwarf_Error error = NULL;
	dwarf_object_finish(handle, &error);
}

#endif

/* Whether a call succeeded. An error is told of, and freed. */
static bool ok(struct debug_file *file, int verdict, Dwarf_Error error)
{
	char *text = NULL;
	if (verdict != DW_DLV_ERROR || !error)
		return verdict == DW_DLV_OK;
	if (asprintf(&text, "libdwarf: %s", dwarf_errmsg(error)) >= 0)
		debug_note_problem(file, text);
	free(text);
	if (file->handle)
		dwarf_dealloc_error(file->handle, error);
	return false;
}

static void close_unit(struct debug_file *file)
{
	if (file->handle)
		finish(file->handle);
	file->handle = NULL;
}

/* Its root entry is read first, as libdwarf will. */
static void open_unit(struct debug_file *file, struct debug_unit *unit)
{
	Dwarf_Error error = NULL;
	Dwarf_Debug handle = NULL;
	close_unit(file);
	file->libdwarf->unit = unit;
	if (debug_unit_read_root(unit) && !file->damaged &&
		ok(file, start(file->libdwarf, &handle, &error), error))
		file->handle = handle;
}

/* Split units, type units and what dwz made are tied together by this folder's own reader. */
static bool is_plain(const struct die *die)
{
	const struct debug_unit *unit = die->unit;
	return unit->file == unit->file->info->main && unit->section == DEBUG_INFO &&
	       (unit->kind == DW_UT_compile || unit->kind == DW_UT_partial) &&
	       !unit->split_name.form && unit->table && !unit->table->damaged;
}

static bool usable(struct debug_unit *unit)
{
	struct debug_file *file = unit->file;
	if (!file->libdwarf)
		file->libdwarf = calloc(1, sizeof *file->libdwarf);
	if (!file->libdwarf)
		return false;
	file->libdwarf->file = file;
	if (file->libdwarf->unit != unit)
		open_unit(file, unit);
	return file->handle && !file->damaged;
}

static const char *read_string(struct debug_file *file, Dwarf_Attribute attribute)
{
	char *text = NULL;
	Dwarf_Error error = NULL;
	bool read = ok(file, dwarf_formstring(attribute, &text, &error), error);
	return read && text && *text ? text : NULL;
}

static void read_number(struct debug_file *file, Dwarf_Attribute attribute, uint64_t *number)
{
	Dwarf_Unsigned value = 0;
	Dwarf_Signed with_sign = 0;
	Dwarf_Error error = NULL;
	Dwarf_Half form = 0;
	if (!ok(file, dwarf_whatform(attribute, &form, &error), error))
		return;
	/* The value of DW_FORM_implicit_const is a signed number to some releases. */
	if (form == DW_FORM_implicit_const || form == DW_FORM_sdata) {
		if (ok(file, dwarf_formsdata(attribute, &with_sign, &error), error) &&
			with_sign >= 0)
			*number = (uint64_t)with_sign;
		return;
	}
	if (ok(file, dwarf_formudata(attribute, &value, &error), error))
		*number = value;
}

/* Within the unit. */
static struct die read_reference(struct debug_file *file, Dwarf_Attribute attribute)
{
	struct debug_unit *unit = file->libdwarf->unit;
	Dwarf_Off offset = 0;
	Dwarf_Error error = NULL;
	if (!ok(file, dwarf_global_formref(attribute, &offset, &error), error) ||
		offset >= unit->end - unit->start)
		return (struct die){0};
	return die_at(unit, unit->start + offset);
}

static void take_attribute(
	struct debug_file *file, Dwarf_Attribute attribute, struct entry_facts *facts)
{
	Dwarf_Half name = 0;
	Dwarf_Error error = NULL;
	if (!ok(file, dwarf_whatattr(attribute, &name, &error), error))
		return;
	switch (name) {
	case DW_AT_name:
		facts->name = read_string(file, attribute);
		break;
	case DW_AT_linkage_name:
	case DW_AT_MIPS_linkage_name:
		facts->linkage_name = read_string(file, attribute);
		break;
	case DW_AT_decl_file:
		read_number(file, attribute, &facts->file);
		break;
	case DW_AT_decl_line:
		read_number(file, attribute, &facts->line);
		break;
	case DW_AT_abstract_origin:
		facts->origin = read_reference(file, attribute);
		break;
	case DW_AT_specification:
		if (!facts->origin.unit)
			facts->origin = read_reference(file, attribute);
		break;
	default:
		break;
	}
}

/* Forms that lead out of the unit, or that are libdwarf's to refuse. */
static bool has_foreign_form(const struct die *die)
{
	for (uint32_t i = 0; i < die->abbrev->count; i++) {
		switch (die->attributes[i].form) {
		case DW_FORM_indirect:
		case DW_FORM_ref_addr:
		case DW_FORM_ref_sig8:
		case DW_FORM_ref_sup4:
		case DW_FORM_ref_sup8:
		case DW_FORM_strp_sup:
		case DW_FORM_GNU_ref_alt:
		case DW_FORM_GNU_strp_alt:
		case DW_FORM_GNU_str_index:
		case DW_FORM_GNU_addr_index:
			return true;
		default:
			break;
		}
	}
	return false;
}

static bool read_entry(struct debug_file *file, Dwarf_Die entry, struct entry_facts *facts)
{
	Dwarf_Attribute *attributes = NULL;
	Dwarf_Signed count = 0;
	Dwarf_Error error = NULL;
	if (!ok(file, dwarf_attrlist(entry, &attributes, &count, &error), error))
		return false;
	for (Dwarf_Signed i = 0; i < count; i++) {
		take_attribute(file, attributes[i], facts);
		dwarf_dealloc_attribute(attributes[i]);
	}
	dwarf_dealloc(file->handle, attributes, DW_DLA_LIST);
	return true;
}

bool libdwarf_facts(const struct die *die, struct entry_facts *facts)
{
	struct debug_file *file = die->unit->file;
	Dwarf_Die entry = NULL;
	Dwarf_Error error = NULL;
	if (!is_plain(die) || has_foreign_form(die) || !usable(die->unit))
		return false;
	if (!ok(file,
		    dwarf_offdie_b(
			    file->handle, die->offset - die->unit->start, true, &entry, &error),
		    error))
		return false;
	*facts = (struct entry_facts){.file = UINT64_MAX};
	bool read = read_entry(file, entry, facts);
	dwarf_dealloc_die(entry);
	return read;
}

void libdwarf_close(struct debug_file *file)
{
	close_unit(file);
	free(file->libdwarf);
	file->libdwarf = NULL;
}
