/* The functions of an object, as its symbol tables, or else its unwind tables, tell of them. */
#ifndef PTMEM_SYMBOL_FUNCTIONS_H
#define PTMEM_SYMBOL_FUNCTIONS_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/debug_info.h"
#include "symbol/elf.h"
#include "symbol/object.h"

/* Sorted by address, one an address. Zeroed is empty. */
struct functions {
	struct function *items;
	size_t count, capacity;
	struct VEC(const char *) aliases;
	struct VEC(char *) made; /* names that were made up, owned */
};

void functions_deinit(struct functions *functions);

/* Reads .symtab, or .dynsym where there is none. */
struct ptmem_error *functions_read(struct elf_file *file, struct functions *functions);

/* Whether a dynamic symbol of this name is there, defined or not; or one in a file without any. */
bool functions_mention(struct elf_file *file, const char *name);

/* Whether the object has a symbol table beside the one of its dynamic symbols. */
bool functions_are_complete(const struct elf_file *file);

/* Adds the functions that only debug info knows. */
struct ptmem_error *functions_add_described(struct functions *functions, struct debug_info *info);

/* Adds the functions that only unwind tables know; they get names of the object's. */
struct ptmem_error *functions_add_nameless(
	struct functions *functions, struct elf_file *file, const char *object_name);

/*
 * The symbol of the function whose cold part is at this address, and where that symbol's table
 * has it; NULL where none is.
 */
const struct function *functions_owner_of_part(
	const struct functions *functions, struct elf_file *file, uint64_t address);

#endif
