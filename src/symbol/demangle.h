/*
 * Names of symbols as a report prints them: C++, Rust and D demangled, without parameters
 * and return types, and without what a compiler appends to the copies it makes.
 */
#ifndef PTMEM_SYMBOL_DEMANGLE_H
#define PTMEM_SYMBOL_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * `_ZN3app4growIiEEvv` is `app::grow<int>`. NULL for what is not mangled, cannot be
 * demangled, or would take too much of it; also when out of memory. To free.
 */
char *demangle(const char *symbol);

/* The demangled name, or else the symbol, `.isra.0` and the like taken off. To free; NULL
   when out of memory. */
char *symbol_printed_name(const char *symbol);

/* Whether a symbol is the cold part that a compiler split from a function: `f.cold`. */
bool symbol_is_cold_part(const char *symbol);

/* The length of that function's symbol within the part's. */
size_t symbol_stem_of_part(const char *part);

#endif
