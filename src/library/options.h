/*
 * What callers of the library say and get, by structs that begin with their size: so that either
 * side may know more fields than the other.
 */
#ifndef PTMEM_LIBRARY_OPTIONS_H
#define PTMEM_LIBRARY_OPTIONS_H

#include "base/error.h"

#include <stddef.h>

/*
 * Takes over what the caller says into a struct of `known` bytes; what the caller does not know is
 * zero. ERROR_USAGE where there is no size, or the caller says something that is not known here.
 */
struct ptmem_error *options_take(const void *given, void *taken, size_t known);

/* Gives the caller's struct as much of ours as it has room for; the size stays the caller's. */
void options_give(void *out, const void *ours, size_t known);

#endif
