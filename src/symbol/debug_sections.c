/* The debug sections of one file. */
#include "symbol/debug_sections.h"

#include <string.h>

static const char *const names[DEBUG_SECTION_KINDS] = {
	[DEBUG_INFO] = ".debug_info",
	[DEBUG_ABBREV] = ".debug_abbrev",
	[DEBUG_LINE] = ".debug_line",
	[DEBUG_STR] = ".debug_str",
	[DEBUG_LINE_STR] = ".debug_line_str",
	[DEBUG_RANGES] = ".debug_ranges",
	[DEBUG_RNGLISTS] = ".debug_rnglists",
	[DEBUG_ADDR] = ".debug_addr",
	[DEBUG_STR_OFFSETS] = ".debug_str_offsets",
	[DEBUG_TYPES] = ".debug_types",
	[DEBUG_ARANGES] = ".debug_aranges",
	[DEBUG_GDB_INDEX] = ".gdb_index",
	[DEBUG_ALTLINK] = ".gnu_debugaltlink",
	[DEBUG_SUP] = ".debug_sup",
	[DEBUG_CU_INDEX] = ".debug_cu_index",
	[DEBUG_TU_INDEX] = ".debug_tu_index",
};

const char *debug_section_name(enum debug_section kind)
{
	return names[kind];
}

/* The indices of a package have no .dwo in their names. */
static bool is_index(enum debug_section kind)
{
	return kind == DEBUG_CU_INDEX || kind == DEBUG_TU_INDEX;
}

/* `.zdebug_info` is `.debug_info`; `.debug_info.dwo` is it in the split flavour. */
static bool has_name(const char *name, enum debug_section kind, enum debug_flavour flavour)
{
	bool gnu = strncmp(name, ".zdebug_", strlen(".zdebug_")) == 0;
	const char *rest = gnu ? name + 2 : name + 1, *standard = names[kind] + 1;
	size_t length = strlen(standard);
	if (*name != '.' || strncmp(rest, standard, length) != 0)
		return false;
	bool split = flavour == DEBUG_SPLIT && !is_index(kind);
	return strcmp(rest + length, split ? ".dwo" : "") == 0;
}

static void add_section(struct debug_sections *sections, size_t index, enum debug_flavour flavour)
{
	const struct elf_section *section = elf_section(sections->file, index);
	if (!section->in_file)
		return;
	for (enum debug_section kind = 0; kind < DEBUG_SECTION_KINDS; kind++) {
		if (!sections->indices[kind] && has_name(section->name, kind, flavour))
			sections->indices[kind] = index;
	}
}

void debug_sections_init(
	struct debug_sections *sections, struct elf_file *file, enum debug_flavour flavour)
{
	*sections = (struct debug_sections){.file = file, .unreadable = DEBUG_SECTION_KINDS};
	for (size_t i = 1; i < elf_section_count(file); i++)
		add_section(sections, i, flavour);
}

struct elf_bytes debug_sections_get(struct debug_sections *sections, enum debug_section kind)
{
	size_t index = sections->indices[kind];
	if (!index)
		return sections->bytes[kind];
	sections->indices[kind] = 0;
	if (!elf_section_plain_bytes(sections->file, index, &sections->bytes[kind])) {
		sections->bytes[kind] = (struct elf_bytes){0};
		sections->unreadable = kind;
	}
	return sections->bytes[kind];
}

bool debug_sections_have(const struct debug_sections *sections, enum debug_section kind)
{
	return sections->indices[kind] || sections->bytes[kind].data ||
	       sections->unreadable == kind;
}
