/* Hands an object's debug sections to libdwarf, in either form of its object interface. */
#include "symbol/debug_sections.h"

#include <string.h>

static const char *const wanted[DEBUG_SECTION_KINDS] = {
	".debug_info",
	".debug_abbrev",
	".debug_line",
	".debug_str",
	".debug_line_str",
	".debug_ranges",
	".debug_rnglists",
	".debug_addr",
	".debug_str_offsets",
	".debug_types",
};

/* The standard name of a section that is wanted, or NULL. `.zdebug_info` is `.debug_info`. */
static const char *standard_name(const char *name)
{
	bool gnu = strncmp(name, ".zdebug_", strlen(".zdebug_")) == 0;
	for (size_t i = 0; i < DEBUG_SECTION_KINDS; i++) {
		const char *standard = wanted[i];
		if (gnu ? strcmp(name + 2, standard + 1) == 0 : strcmp(name, standard) == 0)
			return standard;
	}
	return NULL;
}

/* debug_ranges.c and debug_files.c say why these are not libdwarf's. */
static bool is_ours(const char *name)
{
	return strcmp(name, ".debug_ranges") == 0 || strcmp(name, ".debug_rnglists") == 0 ||
	       strcmp(name, ".debug_line") == 0;
}

static void add_section(struct debug_sections *sections, struct elf_file *file, size_t index)
{
	const struct elf_section *section = elf_section(file, index);
	const char *name = standard_name(section->name);
	if (!name || !section->in_file || debug_sections_find(sections, name).data)
		return;

	struct debug_section *new = &sections->items[sections->count];
	if (!elf_section_plain_bytes(file, index, &new->bytes)) {
		sections->unreadable = name;
		return;
	}
	new->name = name;
	new->ours = is_ours(name);
	sections->count++;
}

bool debug_sections_init(struct debug_sections *sections, struct elf_file *file)
{
	*sections = (struct debug_sections){.items = {{.name = ""}}, .count = 1};
	for (size_t i = 0; i < elf_section_count(file); i++)
		add_section(sections, file, i);
	return debug_sections_find(sections, ".debug_info").size > 0;
}

struct elf_bytes debug_sections_find(const struct debug_sections *sections, const char *name)
{
	for (size_t i = 0; i < sections->count; i++) {
		if (strcmp(sections->items[i].name, name) == 0)
			return sections->items[i].bytes;
	}
	return (struct elf_bytes){NULL, 0};
}

static Dwarf_Small width_of_64_bits(void *object)
{
	(void)object;
	return 8;
}

static Dwarf_Unsigned section_count(void *object)
{
	return ((struct debug_sections *)object)->count;
}

/* The name that libdwarf knows a section by: none where it shall not. */
static const char *shown_name(const struct debug_sections *sections, size_t index)
{
	return sections->items[index].ours ? "" : sections->items[index].name;
}

static int load_bytes(struct debug_sections *sections, size_t index, Dwarf_Small **data)
{
	if (index >= sections->count)
		return DW_DLV_NO_ENTRY;
	/* libdwarf reads only, for all that its type says. */
	*data = (Dwarf_Small *)(uintptr_t)sections->items[index].bytes.data;
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
	const struct debug_sections *sections = object;
	(void)error;
	if (index >= sections->count)
		return DW_DLV_NO_ENTRY;
	*section = (Dwarf_Obj_Access_Section_a){
		.as_name = shown_name(sections, index),
		.as_type = 1,
		.as_size = sections->items[index].bytes.size,
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
	const struct debug_sections *sections = object;
	Dwarf_Unsigned size = 0;
	for (size_t i = 0; i < sections->count; i++)
		size += sections->items[i].bytes.size;
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

int debug_sections_start(struct debug_sections *sections, Dwarf_Debug *handle, Dwarf_Error *error)
{
	sections->interface = (Dwarf_Obj_Access_Interface_a){sections, &methods};
	return dwarf_object_init_b(
		&sections->interface, NULL, NULL, DW_GROUPNUMBER_ANY, handle, error);
}

void debug_sections_finish(Dwarf_Debug handle)
{
	dwarf_object_finish(handle);
}

#else

static int section_info(
	void *object, Dwarf_Half index, Dwarf_Obj_Access_Section *section, int *error)
{
	const struct debug_sections *sections = object;
	(void)error;
	if (index >= sections->count)
		return DW_DLV_NO_ENTRY;
	*section = (Dwarf_Obj_Access_Section){
		.name = shown_name(sections, index),
		.type = 1,
		.size = sections->items[index].bytes.size,
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

int debug_sections_start(struct debug_sections *sections, Dwarf_Debug *handle, Dwarf_Error *error)
{
	sections->interface = (Dwarf_Obj_Access_Interface){sections, &methods};
	return dwarf_object_init_b(
		&sections->interface, NULL, NULL, DW_GROUPNUMBER_ANY, handle, error);
}

void debug_sections_finish(Dwarf_Debug handle)
{
	Dwarf_Error error = NULL;
	dwarf_object_finish(handle, &error);
}

#endif
