/*
 * Stacks of which a part is enough, by where on them a page fault happens: part of a program that
 * the kernel runs at each tells.
 *
 * A range must not change while the thread whose stack it is of is in the midst of a fault there.
 */
#ifndef PTMEM_TARGET_SELECTION_H
#define PTMEM_TARGET_SELECTION_H

#include "target/bpf.h"

#include <stdbool.h>
#include <stdint.h>

struct selection {
	struct bpf_shared shared;
};

/* False where there can be none. */
bool selection_open(struct selection *selection);
void selection_close(struct selection *selection);

/* Goes on where the stack pointer is within a selected range, with so many bytes in register 7 as
 * there are from there to its end; else to the label. */
void selection_write(const struct selection *selection, struct bpf_program *program, int16_t label);

/* From `low` on, so many bytes; less than two pages. False where there is no room for more. */
bool selection_add(struct selection *selection, uint64_t low, uint64_t size);
void selection_remove(struct selection *selection, uint64_t low, uint64_t size);

#endif
