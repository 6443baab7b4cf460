/* The parts that a compiler moved away from a function: `f.cold` is code of `f`. */
#ifndef PTMEM_SYMBOL_PARTS_H
#define PTMEM_SYMBOL_PARTS_H

#include "symbol/elf.h"

#include <stdbool.h>

/* Where the function begins whose part is at an address, as a file's symbol table tells; false
 * where none is. */
bool part_owner(struct elf_file *file, uint64_t address, uint64_t *owner);

#endif
