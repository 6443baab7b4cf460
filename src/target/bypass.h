/*
 * A way round a breakpoint. Behind a brk() it is there for what makes the heap smaller; of all
 * those that make it larger, each would stop for nothing. Where their code can be had to tell the
 * two apart, it jumps to a slot that does so, and only one of them comes to the breakpoint.
 *
 * What is changed of the code is changed like by a breakpoint: a trap comes first, so that a thread
 * which runs there meanwhile sees it as it was, as it is to be, or stops, and does it again.
 */
#ifndef PTMEM_TARGET_BYPASS_H
#define PTMEM_TARGET_BYPASS_H

#include "target/breakpoint.h"

/*
 * Of this breakpoint, at which the only thread of a process stands. *made is false where that
 * cannot be: it stops as before.
 */
struct ptmem_error *bypass_make(struct breakpoints *breakpoints, uint32_t index, bool *made);

/* The code becomes what it was, in the breakpoints' own memory or in a copy of it. Slots stay. */
void bypasses_lift(struct breakpoints *breakpoints, const struct target_memory *memory);

/* What was mapped there is gone. */
void bypasses_forget(struct breakpoints *breakpoints, uint64_t start, uint64_t end);

/* In bytes of the target's code: what is the program's own. */
void bypasses_hide(const struct breakpoints *breakpoints, struct target_address at, uint8_t *bytes,
	size_t size);

/* Whether a thread stands in one of their slots: these become its registers in its own code. */
bool bypasses_leave(const struct breakpoints *breakpoints, struct registers *registers);

#endif
