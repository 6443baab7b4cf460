/* The debug sections of one file. */
#include "symbol/debug_sections.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[DEBUG_SECTION_KINDS] = {
	[DEBUG_INFO] = ".debug_info",
	[DEBUG_ABBREV] = ".debug_abbrev",
	[DEBUG_LINE] = ".debug_line",
	[DEBUG_STR] = ".debug_str",
	[DEBUG_LINE_STR] = ".debug_line_str",
	[DEBUG_RANGES] = ".debug_ranges",
	[DEBUG_RNGLISTS] = ".debug_rnglists",
	[DEBUG_LOC] = ".debug_loc",
	[DEBUG_LOCLISTS] = ".debug_loclists",
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

static void add_section(struct debug_sections *sections, size_t index)
{
	const struct elf_section *section = elf_section(sections->file, index);
	if (!section->in_file)
		return;
	for (enum debug_section kind = 0; kind < DEBUG_SECTION_KINDS; kind++) {
		if (!sections->indices[kind] && has_name(section->name, kind, sections->flavour))
			sections->indices[kind] = index;
	}
}

void debug_sections_init(
	struct debug_sections *sections, struct elf_file *file, enum debug_flavour flavour)
{
	*sections = (struct debug_sections){
		.file = file, .flavour = flavour, .unreadable = DEBUG_SECTION_KINDS};
	for (size_t i = 1; i < elf_section_count(file); i++)
		add_section(sections, i);
}

void debug_sections_deinit(struct debug_sections *sections)
{
	for (size_t i = 0; i < DEBUG_SECTION_KINDS; i++)
		free(sections->joined[i]);
}

/* Adds a section's bytes to those before; false when out of memory. */
static bool join(struct debug_sections *sections, enum debug_section kind, size_t index)
{
	struct elf_bytes *whole = &sections->bytes[kind], part;
	if (!elf_section_plain_bytes(sections->file, index, &part))
		return true;
	uint8_t *joined = realloc(sections->joined[kind], whole->size + part.size + 1);
	if (!joined)
		return false;
	if (!sections->joined[kind])
		memcpy(joined, whole->data, whole->size);
	memcpy(joined + whole->size, part.data, part.size);
	sections->joined[kind] = joined;
	*whole = (struct elf_bytes){joined, whole->size + part.size};
	return true;
}

/* A .dwo is not linked: each of its type units has a section of its own. */
static void join_others(struct debug_sections *sections, enum debug_section kind, size_t first)
{
	for (size_t i = first + 1; i < elf_section_count(sections->file); i++) {
		const struct elf_section *section = elf_section(sections->file, i);
		if (section->in_file && has_name(section->name, kind, sections->flavour) &&
			!join(sections, kind, i))
			return;
	}
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
	} else if (sections->flavour == DEBUG_SPLIT &&
		   (kind == DEBUG_INFO || kind == DEBUG_TYPES)) {
		join_others(sections, kind, index);
	}
	return sections->bytes[kind];
}

bool debug_sections_have(const struct debug_sections *sections, enum debug_section kind)
{
	return sections->indices[kind] || sections->bytes[kind].data ||
	       sections->unreadable == kind;
}
