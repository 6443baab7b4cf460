/*
 * Scratch memory in the target, for instructions that run out of line: areas that were
 * mapped near the code, given out in slots of one size and never taken back.
 */
#ifndef PTMEM_TARGET_SCRATCH_H
#define PTMEM_TARGET_SCRATCH_H

#include "base/address.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

#define SCRATCH_NONE UINT32_MAX

struct scratch_area {
	uint64_t start, size;
	struct VEC(uint32_t) owners; /* of the slots given out, in order */
};

/* Zeroed is empty. */
struct scratch VEC(struct scratch_area);

void scratch_deinit(struct scratch *scratch);

/* An empty one becomes a copy of another; false when out of memory, and scratch_deinit() is due. */
bool scratch_copy(struct scratch *scratch, const struct scratch *from);

/* An area of executable memory that is ptmem's to use; false when out of memory. */
bool scratch_add(struct scratch *scratch, struct target_address start, uint64_t size);

/* How many slots are free within reach of this code. */
size_t scratch_room(const struct scratch *scratch, struct target_address near);

/* So many free slots in a row within reach of this code, for this owner; false where there are
 * none. */
bool scratch_take(struct scratch *scratch, struct target_address near, size_t count, uint32_t owner,
	struct target_address *slot);

/* Whose slot this address lies in, and how far; SCRATCH_NONE where it is in none. */
uint32_t scratch_owner(
	const struct scratch *scratch, struct target_address address, uint64_t *offset);

#endif
