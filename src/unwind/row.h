/*
 * What .eh_frame says of one place in the code: where the base of the frame is there (its canonical
 * frame address), and where the caller's registers are to be found.
 */
#ifndef PTMEM_UNWIND_ROW_H
#define PTMEM_UNWIND_ROW_H

#include "arch/arch.h"
#include "unwind/view.h"

enum place_kind {
	PLACE_SAME, /* nothing happened to it */
	PLACE_UNDEFINED,
	PLACE_SAVED,      /* in memory, `offset` from the base */
	PLACE_OFFSET,     /* it is the base plus `offset` */
	PLACE_REGISTER,   /* it is register `number` plus `offset` */
	PLACE_EXPRESSION, /* in memory, where an expression says */
	PLACE_VALUE,      /* it is an expression's value */
};

struct place {
	uint8_t kind; /* enum place_kind */
	uint8_t number;
	uint16_t size;  /* of the expression */
	int64_t offset; /* or the address of the expression */
};

struct row {
	struct place base; /* REGISTER or VALUE */
	struct place registers[ARCH_DWARF_MAX];
	uint8_t return_column;
	bool is_signal;
};

/* False where the entry is not of this code, or does what compilers do not. */
bool row_read(struct view *view, uint64_t fde, uint64_t pc, struct row *row);

#endif
