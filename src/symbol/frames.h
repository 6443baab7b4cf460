/*
 * The functions that an object's unwind tables tell of: where each begins and how long it is. All
 * code that exceptions may pass through has such an entry, whether it has a name or not.
 */
#ifndef PTMEM_SYMBOL_FRAMES_H
#define PTMEM_SYMBOL_FRAMES_H

#include "base/vec.h"
#include "symbol/elf.h"

struct frame_entry {
	uint64_t address, size;
};

struct frame_entries VEC(struct frame_entry);

/* Adds those of .eh_frame, in its order; false when out of memory. Damage ends the reading. */
bool frames_read(struct elf_file *file, struct frame_entries *entries);

#endif
