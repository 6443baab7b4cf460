/*
 * What instructions do to memory: whether the one that a page fault interrupted read or wrote
 * there. The kernel's samples do not say. Code is decoded once for each place in it, and read from
 * the files.
 */
#ifndef PTMEM_UNWIND_ACCESSES_H
#define PTMEM_UNWIND_ACCESSES_H

#include "arch/arch.h"
#include "base/map.h"
#include "unwind/images.h"

struct accesses {
	struct process_images *images;
	struct map known; /* of an instruction's address to its enum arch_access */
};

void accesses_init(struct accesses *accesses, struct process_images *images);
void accesses_deinit(struct accesses *accesses);

/* Something was unloaded, or loaded. */
void accesses_forget(struct accesses *accesses);

/* By the thread that is at its next instruction; UNKNOWN in code made at run time. */
enum arch_access access_to(
	struct accesses *accesses, const struct registers *registers, uint64_t address);

#endif
