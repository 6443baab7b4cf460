/*
 * Names of symbols as a report prints them: C++, Rust and D demangled. Short ones are without
 * parameters, return types and Rust's hashes, and without what a compiler appends to the copies
 * it makes.
 */
#ifndef PTMEM_SYMBOL_DEMANGLE_H
#define PTMEM_SYMBOL_DEMANGLE_H

#include "symbol/options.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * `_ZN3app4growIiEEvv` is `app::grow<int>`, in full `void app::grow<int>()`. NULL for what is not
 * mangled, shall not or cannot be demangled, or would take too much of it; also when out of
 * memory. To free.
 */
char *demangle(const char *symbol, enum demangle_mode mode);

/* The demangled name, or else the symbol, `.isra.0` and the like taken off where it is to be
   short. To free; NULL when out of memory. */
char *symbol_printed_name(const char *symbol, enum demangle_mode mode);

/* Whether a symbol begins as those do that can be demangled. */
bool symbol_is_mangled(const char *symbol);

/* Whether a symbol is the cold part that a compiler split from a function: `f.cold`. */
bool symbol_is_cold_part(const char *symbol);

/* The length of that function's symbol within the part's. */
size_t symbol_stem_of_part(const char *part);

#endif
