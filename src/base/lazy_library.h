/*
 * Shared libraries that few runs need, with dozens of others behind them: loaded when one is
 * needed, since loading them takes longer than all else that happens before a program runs.
 */
#ifndef PTMEM_BASE_LAZY_LIBRARY_H
#define PTMEM_BASE_LAZY_LIBRARY_H

#include "base/error.h"

#include <stddef.h>

/* A function of a library, and where in a table of pointers it belongs. */
struct lazy_call {
	const char *name;
	size_t offset;
};

/* Fills a table. ERROR_SYSTEM where the library, or one of its functions, is not to be had:
 * "cannot be loaded: ...", for a sentence of the caller's. It stays loaded. */
struct ptmem_error *lazy_library_load(
	const char *soname, const struct lazy_call *calls, size_t count, void *table);

#endif
