/*
 * The functions of one ELF object, and where each was declared.
 *
 * Opening finds the files. Which functions there are is read when first asked for, from the symbol
 * table; which of them debug info describes, from the ranges of the compilation units, likewise.
 * Both may be in a debug file of its own. Without any symbol table, functions are those that
 * dynamic symbols and debug info name, and what else the unwinding tables have, as
 * `FILE+0xADDRESS`. A unit's own entries are read when a function in it is asked for, and only
 * then. All addresses are the file's. Nothing here knows of processes.
 *
 * Everything read is hostile: sizes, offsets and names may lie. The answer to that is an
 * error or a missing name, never a crash.
 */
#ifndef PTMEM_SYMBOL_OBJECT_H
#define PTMEM_SYMBOL_OBJECT_H

#include "base/address.h"
#include "base/error.h"
#include "base/vec.h"
#include "symbol/pattern.h"
#include "symbol/search.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct debug_function;
struct debug_info;
struct elf_file;
struct object;

/* Where control enters at, and what for. */
struct function {
	struct file_address address;
	uint64_t size;      /* 0 where unknown */
	const char *symbol; /* as in the symbol table, or made up; owned by the object */
};

/*
 * What a report prints of a function. Strings are the caller's to free, and as they are in
 * the file: strbuf_add_printable() makes them fit for a terminal.
 */
struct function_source {
	char *name; /* as the options say; never NULL */
	char *file; /* folded, as the options say; absolute where it can be; NULL where unknown */
	int line;   /* of the declaration, 0 where unknown */
};

/*
 * Opens an ELF file. Fails where it is not a 64-bit ELF object of this processor
 * (ERROR_FORMAT, with the reason), or cannot be read. The path is for messages; `fd` is
 * read from and stays the caller's, who keeps it open as long as the object. The options that
 * the search refers to must live as long; its root need not.
 */
struct ptmem_error *object_open(
	const char *path, int fd, const struct search *search, struct object **object);
void object_close(struct object *object);

/* The functions in ascending order of address, one an address; owned by the object. */
const struct function *object_functions(struct object *object, size_t *count);

/*
 * Visits the functions that symbols name, by each of their names, in any order, until there is an
 * error: less work than having them all in order.
 */
typedef struct ptmem_error *function_visitor(void *context, const struct function *function);
struct ptmem_error *object_visit_symbols(
	struct object *object, function_visitor *visit, void *context);

/* Of those functions only what other objects may link with: a tenth of a C library's. */
struct ptmem_error *object_visit_exports(
	struct object *object, function_visitor *visit, void *context);

/* Whether debug info has the unit that a function is in. */
bool object_describes(struct object *object, const struct function *function);

/* Whether it has an index of units that have code: as good as that it describes functions, and
 * known without reading one. */
bool object_has_outline(struct object *object);

/* Its places will be asked for: what takes time is begun with, beside whatever else is done. */
void object_expect(struct object *object);

/* Whether some of that would have to be waited for now. */
bool object_is_expected(struct object *object);

/* What is said of its code takes long to read, and some of that cannot be interrupted. */
bool object_is_large(struct object *object);

/*
 * Reads what its source says of an address, until it is so late (CLOCK_MONOTONIC, ns). Whether
 * there is no more to read; else it goes on there the next time.
 */
bool object_prepare(struct object *object, struct file_address address, uint64_t until);

/* The function that begins at this address, or NULL. */
const struct function *object_function_at(struct object *object, struct file_address address);

/* The one whose code this address lies in, or NULL; one of unknown size ends where the next begins.
 * The part that a compiler moved elsewhere (`f.cold`) is code of its function. */
const struct function *object_function_around(struct object *object, struct file_address address);

/* Whether a function of this name is called, or offered to others, as far as symbols tell. */
bool object_mentions(struct object *object, const char *name);

/* The name of a function as a report prints it, without opening its debug info. To free. */
char *object_function_name(const struct object *object, const struct function *function);

/*
 * The symbols of a function that has several (aliases, code that the linker folded), from 0; NULL
 * past the last, and for one that has but one. Which of them the source has, only its debug info
 * tells.
 */
const char *object_function_alias(
	const struct object *object, const struct function *function, size_t index);

/*
 * Looks a function up in its debug info. Never fails for want of debug info: the name is
 * then that of object_function_name(). ERROR_NO_MEMORY otherwise.
 */
struct ptmem_error *object_function_source(
	struct object *object, const struct function *function, struct function_source *source);
void function_source_deinit(struct function_source *source);

/*
 * Whether a function may be from a file that a pattern matches, as its unit's list of files tells
 * without reading the unit. The patterns are not marked as used, and are known again by their
 * address.
 */
bool object_function_may_be_from(struct object *object, const struct function *function,
	const struct pattern_list *patterns);

/* For the rest of this folder: its debug info, or NULL; a symbol as it is printed; the name of a
 * function that has no symbol, since it was inlined; and a source path as it is printed, which
 * takes the place of the other one (both to free; NULL stays NULL). */
struct debug_info *object_debug_info(struct object *object);
char *object_printed_name(const struct object *object, const char *symbol);
char *object_inlined_name(const struct object *object, const struct debug_function *described);
struct ptmem_error *object_map_path(const struct object *object, char **path);

/* For the rest of this folder as well: where it is, what it is read from, and what was said. */
const char *object_path(const struct object *object);
struct elf_file *object_file(const struct object *object);
int object_fd(const struct object *object);
const struct symbol_options *object_options(const struct object *object);

/* The build-id in hex, to be freed; NULL where the file has none. */
char *object_build_id(const struct object *object);

/* Whether there is any debug info; if it was looked into and is unreadable, why (else NULL). */
bool object_has_debug_info(const struct object *object);
const char *object_debug_problem(const struct object *object);

/* A file with debug info that was not taken, and why, or why a server is not asked any more, in one
 * line; NULL where there is nothing to tell. */
const char *object_debug_refused(const struct object *object);

/* Where the file's own first instruction is, and the page where what is loaded begins. */
struct file_address object_entry(const struct object *object);
struct file_address object_load_start(const struct object *object);

/* How far from the file's addresses it is loaded, where this offset in the file is mapped to
 * that address; false where nothing is loaded from there. */
bool object_bias(const struct object *object, uint64_t offset, uint64_t mapped_at, uint64_t *bias);

/* The function of this symbol, or NULL. */
const struct function *object_function_named(struct object *object, const char *symbol);

/*
 * The class whose vtable a pointer at the beginning of an object leads to, by its address in the
 * file; and how far from the pointer the whole object begins, which is 0 or before it. NULL where
 * no vtable is there, or it is not known of which class; else to free.
 */
char *object_vtable_class(struct object *object, struct file_address address, int64_t *to_top);

/* What the dynamic linker knows a shared library by (DT_SONAME); NULL where it does not say. To
 * free. */
char *object_soname(const struct object *object);

#endif
