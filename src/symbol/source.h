/*
 * The text of a source file, where it can be found: by the path that debug info has, beside the
 * program, or from a debuginfod server; and whether it is the text that was compiled.
 */
#ifndef PTMEM_SYMBOL_SOURCE_H
#define PTMEM_SYMBOL_SOURCE_H

#include "symbol/object.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum source_state {
	SOURCE_FOUND,
	SOURCE_MISSING,
	SOURCE_CHANGED, /* it was found, and is not what was compiled */
};

/*
 * Opens the source of a file that an object's code at this address is from; `file` is its path as
 * it prints. The object may be NULL: then what is found is taken for what was compiled. *state says
 * what came of it, and *source is NULL unless it was found, to be closed with fclose(). A file that
 * is newer than the object, or has another MD5 sum than the line table says, has changed: where the
 * table has a sum, nothing else counts. Only lack of memory is an error.
 */
struct ptmem_error *source_open(struct object *object, struct file_address address,
	const char *file, enum source_state *state, FILE **source);

#endif
