/*
 * Where code begins and ends, as the unwinding tables of a file (.eh_frame) tell: a record for
 * each function, and for each part of one that was moved away from it.
 */
#ifndef PTMEM_SYMBOL_FRAMES_H
#define PTMEM_SYMBOL_FRAMES_H

#include "base/vec.h"
#include "symbol/elf.h"

#include <stdbool.h>
#include <stdint.h>

struct frame_range {
	uint64_t address, size;
	bool is_part; /* its frame is there when it begins: nobody calls it */
};

struct frame_ranges VEC(struct frame_range);

/* In the order of the table, as far as that can be read. False when out of memory. */
bool frames_read(struct elf_file *file, struct frame_ranges *ranges);

#endif
