/*
 * What sections would say of a linked file that has none (sstrip, an image out of a process's
 * memory), from its program headers: where code is, the dynamic symbols, the unwinding tables;
 * and its notes.
 */
#ifndef PTMEM_SYMBOL_ELF_SEGMENTS_H
#define PTMEM_SYMBOL_ELF_SEGMENTS_H

#include "base/vec.h"
#include "symbol/elf.h"

#include <elf.h>

/* A whole file and its program headers, which are copies. */
struct elf_image {
	struct elf_bytes bytes;
	struct elf_segments VEC(Elf64_Phdr) segments;
};

/* A section, and its bytes where those are not libelf's to find. */
struct elf_entry {
	struct elf_section section;
	struct elf_bytes bytes;
};

struct elf_entries VEC(struct elf_entry);

/* Adds them behind an empty one; false when out of memory. Their names are constant. */
bool elf_segments_list(const struct elf_image *image, struct elf_entries *entries);

/* The build-id among notes, in hex, to be freed; NULL where there is none. */
char *elf_notes_build_id(struct elf_bytes notes, uint64_t alignment);

/* The same among those of all segments. */
char *elf_segments_build_id(const struct elf_image *image);

/* The bytes of the file that are loaded at an address, up to the end of their segment. */
struct elf_bytes elf_segments_at(const struct elf_image *image, uint64_t address);

#endif
