/* The functions of an object: those that symbols name, debug info describes, or tables unwind. */
#ifndef PTMEM_SYMBOL_FUNCTIONS_H
#define PTMEM_SYMBOL_FUNCTIONS_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/debug_info.h"
#include "symbol/elf.h"
#include "symbol/object.h"

/* One of several names that an address has. */
struct function_alias {
	uint64_t address;
	const char *symbol;
};

/* Zeroed is empty. */
struct functions {
	struct function *items; /* sorted, one an address */
	size_t count, capacity;
	struct function_aliases VEC(struct function_alias) aliases; /* by address, the best first */
	struct function_names VEC(char *) made;                     /* for want of symbols */
};

/* What is known of an object. */
struct function_sources {
	const char *name;         /* its file's, without folders */
	struct elf_file *file;    /* itself, whose code all of this is about */
	struct elf_file *symbols; /* itself or its debug file: has a whole symbol table; or NULL */
	struct elf_file *mini;    /* what .gnu_debugdata has, or NULL */
	struct debug_info *info;  /* may be NULL where there is a whole symbol table */
};

/*
 * From the whole symbol table; where there is none, from all that is left: dynamic symbols, debug
 * info, and unwinding tables, which know no names.
 */
struct ptmem_error *functions_read(
	const struct function_sources *sources, struct functions *functions);
void functions_deinit(struct functions *functions);

/* Visits those that symbols name, by each of their names, as the tables have them. */
struct ptmem_error *functions_visit(
	const struct function_sources *sources, function_visitor *visit, void *context);

/* Those that other objects may link with. */
struct ptmem_error *functions_visit_exports(
	struct elf_file *file, function_visitor *visit, void *context);

/* The names of the function at an address, from 0; NULL past the last, and where there is but one.
 */
const char *functions_alias(const struct functions *functions, uint64_t address, size_t index);

/* Whether a dynamic symbol of this name is there, defined or not; or one in a file without any. */
bool functions_mention(struct elf_file *file, const char *name);

/* Whether a file has a symbol table beside the one of its dynamic symbols. */
bool functions_are_complete(const struct elf_file *file);

#endif
