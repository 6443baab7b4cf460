/*
 * The sections of a file that has none, or lost them: what the program headers tell of, by the
 * names that it would have. Loaded memory is such a file as well.
 */
#ifndef PTMEM_SYMBOL_ELF_HEADERS_H
#define PTMEM_SYMBOL_ELF_HEADERS_H

#include "base/vec.h"
#include "symbol/elf.h"

#include <elf.h>

struct elf_sections VEC(struct elf_section);

/* Adds them to none; false when out of memory. Damaged headers tell of less. */
bool elf_headers_sections(struct elf_bytes file, const Elf64_Phdr *segments, size_t count,
	struct elf_sections *sections);

#endif
