/*
 * What the source says of one place in an object's code: the line, and the functions that
 * were inlined there. Read when a report is made, for places that occur in it.
 */
#ifndef PTMEM_SYMBOL_SITE_H
#define PTMEM_SYMBOL_SITE_H

#include "symbol/object.h"

/* A function that was inlined, and where it was called from in the one around it. */
struct inlined_call {
	struct function_source function; /* its name and declaration */
	char *file;                      /* of the call; NULL where unknown */
	int line;                        /* of the call, or 0 */
};

struct object_site {
	char *file; /* of the code, in the innermost function; NULL where unknown */
	int line;   /* or 0 */
	struct VEC(struct inlined_call) inlined; /* the outermost first */
};

/*
 * For a call, `address` is any byte of the call instruction: its return address less 1.
 * Never fails for want of debug info: all is empty then. ERROR_NO_MEMORY otherwise.
 */
struct ptmem_error *object_site(
	struct object *object, struct file_address address, struct object_site *site);
void object_site_deinit(struct object_site *site);

#endif
