/*
 * A walk along a stack, from a frame to its caller's, by rules; where the code has none, by
 * frame pointers, and at last by looking for what may be a return address.
 */
#ifndef PTMEM_UNWIND_WALK_H
#define PTMEM_UNWIND_WALK_H

#include "unwind/returns.h"
#include "unwind/rules.h"
#include "unwind/window.h"

struct walk {
	struct rules *rules;
	struct returns *returns;
	struct window *window;
	uint64_t registers[ARCH_DWARF_MAX]; /* as they are, or will be, in this frame */
	uint64_t pc;
	const struct rule *rule; /* NULL where this is no code of what is loaded */
	bool innermost;
	bool interrupted; /* pc is the next instruction, not behind a call */
	bool guessed;     /* this frame was found by looking */
	unsigned interruptions;
	uint64_t slot;  /* of the return address that led here; 0: none */
	uint64_t tried; /* where the last step out looked for one */
};

enum walk_step {
	WALK_DONE,
	WALK_END,  /* it was the outermost frame */
	WALK_LOST, /* nobody knows */
};

void walk_begin(struct walk *walk, const struct registers *registers);

/* To the caller. Each step leads up the stack, but for some that lead out of signals' handlers. */
enum walk_step walk_out(struct walk *walk);

#endif
