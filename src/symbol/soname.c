/* The name that an object has for the dynamic linker. */
#include "symbol/elf.h"

#include <elf.h>
#include <string.h>

static char *string_at(struct elf_file *file, size_t table, uint64_t offset)
{
	struct elf_bytes strings;

	if (!elf_section_bytes(file, table, &strings) || offset >= strings.size)
		return NULL;
	return strndup((const char *)strings.data + offset, strings.size - offset);
}

static char *soname_in(struct elf_file *file, size_t index)
{
	struct elf_bytes entries;

	if (!elf_section_bytes(file, index, &entries))
		return NULL;
	for (size_t at = 0; entries.size - at >= sizeof(Elf64_Dyn); at += sizeof(Elf64_Dyn)) {
		Elf64_Dyn entry; /* copied: the section need not be aligned */

		memcpy(&entry, entries.data + at, sizeof entry);
		if (entry.d_tag == DT_NULL)
			break;
		if (entry.d_tag == DT_SONAME)
			return string_at(file, elf_section(file, index)->link, entry.d_un.d_val);
	}
	return NULL;
}

char *elf_file_soname(struct elf_file *file)
{
	for (size_t i = 0; i < elf_section_count(file); i++)
		if (!strcmp(elf_section(file, i)->name, ".dynamic"))
			return soname_in(file, i);
	return NULL;
}
