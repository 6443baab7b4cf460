/* Finds what is loaded into a process for an unwinder of samples, as the engine does. */
#ifndef PTMEM_TEST_UNIT_FINDER_H
#define PTMEM_TEST_UNIT_FINDER_H

#include "target/mapped.h"
#include "target/memory.h"
#include "unwind/image.h"

#include <stddef.h>

#define FINDER_FILES_MAX 64

/* Zeroed but for the memory is empty. */
struct finder {
	const struct target_memory *memory;
	struct mapped_files files;
	int fds[FINDER_FILES_MAX];
	size_t fd_count;
	bool is_blind; /* finds none */
};

void finder_deinit(struct finder *finder);

/* NULL where none is mapped. */
const struct mapped_file *finder_file_at(const struct finder *finder, uint64_t address);

/* An unwind_find_image, of this owner. */
bool finder_find(void *finder, uint64_t pc, struct unwind_image *image);

#endif
