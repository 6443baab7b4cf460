/* The marks that a program has for ptmem (include/ptmem/marker.h), as notes of its file. */
#ifndef PTMEM_SYMBOL_MARKERS_H
#define PTMEM_SYMBOL_MARKERS_H

#include "symbol/object.h"

enum marker_kind {
	MARKER_START = 1,
	MARKER_STOP = 2,
	MARKER_MARK = 3,
};

struct marker {
	enum marker_kind kind;
	struct file_address address; /* of the instruction */
	bool is_mark;                /* a nop, if it is as it should be */
	const char *name;            /* of a MARKER_MARK; the object's */
};

/* Zeroed is empty. */
struct markers VEC(struct marker);

/* All there are, in the order of the file; what is no such note is passed over. Fails for want of
 * memory. */
struct ptmem_error *object_markers(struct object *object, struct markers *markers);

#endif
