/*
 * The symbol table that some distributions leave in stripped files: an ELF file within the
 * section .gnu_debugdata, packed by xz, with the functions that .dynsym does not have.
 */
#ifndef PTMEM_SYMBOL_MINIDEBUG_H
#define PTMEM_SYMBOL_MINIDEBUG_H

#include "base/error.h"
#include "symbol/elf.h"

/* Zeroed is none. */
struct minidebug {
	int fd;               /* of a file in memory */
	struct elf_file *elf; /* NULL: there is none, or none that can be read */
};

/* Fails only for want of memory. */
struct ptmem_error *minidebug_open(struct elf_file *object, struct minidebug *mini);
void minidebug_close(struct minidebug *mini);

#endif
