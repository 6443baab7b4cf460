/* The functions that an object's symbol table names. */
#ifndef PTMEM_SYMBOL_FUNCTIONS_H
#define PTMEM_SYMBOL_FUNCTIONS_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/debug_info.h"
#include "symbol/elf.h"
#include "symbol/object.h"

struct functions VEC(struct function);

/* Reads .symtab, or .dynsym where there is none; sorted, one an address. */
struct ptmem_error *functions_read(struct elf_file *file, struct functions *functions);

/* Whether a dynamic symbol of this name is there, defined or not; or one in a file without any. */
bool functions_mention(struct elf_file *file, const char *name);

/* Whether the object has a symbol table beside the one of its dynamic symbols. */
bool functions_are_complete(const struct elf_file *file);

/* Adds the functions that only debug info knows. */
struct ptmem_error *functions_add_described(struct functions *functions, struct debug_info *info);

#endif
