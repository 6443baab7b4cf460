/* Where files are mapped: ranges of addresses, apart from one another. */
#ifndef PTMEM_TARGET_FILE_RANGES_H
#define PTMEM_TARGET_FILE_RANGES_H

#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct file_range {
	uint64_t start, end;
	bool shared; /* what is written there is the file's */
};

/* Ascending. Zeroed is empty. */
struct file_ranges VEC(struct file_range);

/* NULL where none is mapped. */
const struct file_range *file_ranges_at(const struct file_ranges *ranges, uint64_t address);

/* Whether one is mapped between. */
bool file_ranges_meet(const struct file_ranges *ranges, uint64_t start, uint64_t end);

/* In place of what there was; false when out of memory. */
bool file_ranges_add(struct file_ranges *ranges, struct file_range range);

/* Nothing of a file is mapped there any more. */
void file_ranges_cut(struct file_ranges *ranges, uint64_t start, uint64_t end);

#endif
