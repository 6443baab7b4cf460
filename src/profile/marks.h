/*
 * Marks that a program passes: how often each was, and what the process held when it last was. In
 * the order in which they were first passed.
 */
#ifndef PTMEM_PROFILE_MARKS_H
#define PTMEM_PROFILE_MARKS_H

#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

#define MARK_NONE UINT32_MAX

/* What a process, or a file, may have: as many different names. */
#define MARKS_MAX 1000

struct mark {
	char *name; /* as hostile as the program */
	uint64_t count;
	int64_t bytes; /* of the first column */
};

/* Zeroed is empty. */
struct mark_list VEC(struct mark);

/* The mark of this name, made if need be; MARK_NONE when out of memory, or where there are too
 * many. */
uint32_t marks_find(struct mark_list *marks, const char *name);
void marks_pass(struct mark_list *marks, uint32_t mark, int64_t bytes);

/* Adds what another process has passed; false when out of memory. */
bool marks_add(struct mark_list *marks, const struct mark_list *from);
void marks_deinit(struct mark_list *marks);

#endif
