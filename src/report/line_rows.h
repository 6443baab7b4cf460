/* The lines of one listing with what each comes to: steps between spots, put together. */
#ifndef PTMEM_REPORT_LINE_ROWS_H
#define PTMEM_REPORT_LINE_ROWS_H

#include "base/vec.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <stdint.h>

struct line_row {
	const char *file; /* never NULL */
	int line;
	int64_t increment; /* bytes: all runs together, callees included */
	int64_t held;      /* the process's memory when it was last done */
	uint64_t moment;   /* when that was */
	uint64_t count;    /* runs */
	uint64_t passed;   /* how often its busiest place was come to from other lines */
};

struct line_rows {
	struct VEC(struct line_row) list; /* the listing's own file first, by line */
	int64_t total;                    /* of all, also of lines that are not asked for */
	uint64_t calls;                   /* of the function, where it is not inlined */
	uint32_t first;                   /* the first of its spots to be seen, or SPOT_NONE */
};

/* False when out of memory; line_rows_deinit() is due either way. */
bool line_rows_collect(
	const struct profile *profile, const struct listing *listing, struct line_rows *rows);
void line_rows_deinit(struct line_rows *rows);

#endif
