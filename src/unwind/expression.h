/*
 * Expressions of call frame information (DWARF 5, 2.5): where a frame's base is, or where a
 * register was saved, when that is more than an offset. They may be anything, and are evaluated in
 * as many steps as they have bytes: none jumps back.
 */
#ifndef PTMEM_UNWIND_EXPRESSION_H
#define PTMEM_UNWIND_EXPRESSION_H

#include "unwind/window.h"

#define EXPRESSION_MAX 255 /* bytes */

struct expression {
	const uint8_t *bytes;
	size_t size;
};

/* The registers are numbered as DWARF does. It begins with `base` on its stack, if not NULL. */
bool expression_evaluate(const struct expression *expression, const uint64_t *registers,
	struct window *window, const uint64_t *base, uint64_t *value);

#endif
