/*
 * Of which page faults a sample is taken, by where on the stack they happen: part of a program that
 * the kernel runs at each tells.
 *
 * What is selected must not change while a thread is in the midst of a fault there: it would be
 * sampled twice, or not at all.
 */
#ifndef PTMEM_TARGET_SELECTION_H
#define PTMEM_TARGET_SELECTION_H

#include "target/bpf.h"

#include <stdbool.h>
#include <stdint.h>

struct selected;

struct selection {
	int first; /* the first few ranges, which the kernel looks at without a call */
	struct selected *ranges; /* the same, as memory that is shared with it */
	int others;              /* of a page to the range of stack pointers in it */
};

/* False where there can be none. */
bool selection_open(struct selection *selection);
void selection_close(struct selection *selection);

/* Goes on only where the stack pointer is within a selected range, or only where it is not; else
 * to BPF_SKIP. */
void selection_write(const struct selection *selection, struct bpf_program *program, bool within);

/* From `low` on, so many bytes; less than two pages. False where there is no room for more. */
bool selection_add(struct selection *selection, uint64_t low, uint64_t size);
void selection_remove(struct selection *selection, uint64_t low, uint64_t size);

#endif
