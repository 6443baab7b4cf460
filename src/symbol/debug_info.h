/*
 * The debug info of one object, as object.c and site.c need it: which addresses it describes,
 * what it says of the function at one of them, and of one place in the code. libdwarf stays behind
 * this header, and so does where debug info lies: in the file itself, in what dwz moved out of
 * it, in .dwo files and .dwp packages.
 *
 * Opening reads next to nothing. What is asked first walks the headers of the units, and their root
 * entries where no index tells of their code; but an index alone may do. Damaged debug info is not
 * an error here: what could be read is there, and debug_info_problem() says what could not.
 */
#ifndef PTMEM_SYMBOL_DEBUG_INFO_H
#define PTMEM_SYMBOL_DEBUG_INFO_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/elf.h"
#include "symbol/pattern.h"
#include "symbol/search.h"

#include <stdbool.h>
#include <stdint.h>

struct debug_info;

/* What is said of a function; NULL and 0 where nothing is. Names are the debug info's. */
struct debug_function {
	const char *name;         /* as the source has it, without its scope */
	const char *linkage_name; /* mangled */
	char *file;               /* absolute, folded; to free */
	int line;
};

/* A function that only the debug info knows. */
struct debug_symbol {
	uint64_t address, size; /* the size is 0 where unknown */
	const char *name;       /* mangled where that is known; the debug info's */
};

struct debug_symbols VEC(struct debug_symbol);

/* A function that was inlined. */
struct debug_call {
	struct debug_function function;
	char *file; /* where it was called; to free, NULL where unknown */
	int line;
};

/* What is said of one place in the code. */
struct debug_site {
	char *file; /* to free */
	int line;
	struct VEC(struct debug_call) calls; /* the outermost first */
};

/*
 * Fails only for want of memory. `file` has the debug sections, and `path` is where it is: what
 * it names is looked for from there, and beside the object that all of this is about. It must
 * outlive what is opened, as must the search's options and root.
 */
struct ptmem_error *debug_info_open(struct elf_file *file, const char *path,
	const char *object_path, const struct search *search, struct debug_info **info);
void debug_info_close(struct debug_info *info);

bool debug_info_is_present(const struct debug_info *info);

/* One line about what is there and cannot be read, or NULL. May come to be known late. */
const char *debug_info_problem(const struct debug_info *info);

/* Whether a compilation unit, or an index of them, says that its code is here. */
bool debug_info_covers(struct debug_info *info, uint64_t address);

/* Whether an index says so of any code: no unit is read. */
bool debug_info_has_outline(struct debug_info *info);

/*
 * Whether a function here may have been declared in a file that one of the patterns matches,
 * as the list of files of its unit tells. The patterns are not marked as used, and are known again
 * by their address.
 */
bool debug_info_may_be_from(
	struct debug_info *info, uint64_t address, const struct pattern_list *patterns);

/* What the function that begins here is; all zero where it is not described. */
struct ptmem_error *debug_info_find(
	struct debug_info *info, uint64_t address, struct debug_function *function);

/* Of which object the function that begins here, and prints as `name`, is a method: receiver.h. */
struct object_rules;
struct receiver;
struct ptmem_error *debug_info_receiver(struct debug_info *info, uint64_t address, const char *name,
	struct object_rules *rules, struct receiver *receiver);

/* More of it than is read within some 10 ms. */
bool debug_info_is_large(struct debug_info *info);

/*
 * Reads what the two functions before and behind this need for an address, until it is so late
 * (CLOCK_MONOTONIC, ns). Whether there is no more to read; else it goes on there the next time.
 */
bool debug_info_prepare(struct debug_info *info, uint64_t address, uint64_t until);

/* What is said of a place; all zero where nothing is. */
struct ptmem_error *debug_info_site(
	struct debug_info *info, uint64_t address, struct debug_site *site);
void debug_site_deinit(struct debug_site *site);

/* An address that a line table tells of. */
struct debug_row {
	uint64_t address;
	bool begins_statement;
};

struct debug_rows VEC(struct debug_row);

/* Those in the code of the function that begins here, wherever the compiler put it; none where it
 * is not described. Some addresses may be there twice. */
struct ptmem_error *debug_info_rows(
	struct debug_info *info, uint64_t address, struct debug_rows *rows);

/* A source file of a unit; the sum is an MD5 of 16 bytes, or NULL, and the debug info's. */
struct debug_source {
	char *path; /* absolute, folded; to free */
	const uint8_t *sum;
};

struct debug_sources VEC(struct debug_source);

/* All files that the line table of the unit names whose code is at an address. */
struct ptmem_error *debug_info_sources(
	struct debug_info *info, uint64_t address, struct debug_sources *sources);
void debug_sources_deinit(struct debug_sources *sources);

/* Every function there is, by reading all units: for objects without a symbol table. */
struct ptmem_error *debug_info_list(struct debug_info *info, struct debug_symbols *symbols);

#endif
