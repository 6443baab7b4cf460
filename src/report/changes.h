/*
 * What changed between two profiles: a row for each function whose memory is not the same
 * on both sides, filtered and sorted as the options say.
 */
#ifndef PTMEM_REPORT_CHANGES_H
#define PTMEM_REPORT_CHANGES_H

#include "base/error.h"
#include "base/vec.h"
#include "report/report.h"
#include "report/sums.h"

#include <stdbool.h>
#include <stdint.h>

enum change {
	CHANGE_SHRUNK,
	CHANGE_GONE, /* the new side has no row of it */
	CHANGE_NEW,  /* the base has no row of it */
	CHANGE_GROWN,
};

struct change_row {
	const char *text; /* of the new side where that has it; the sums' own */
	bool bracket;
	enum change change;
	uint32_t first; /* node and calls, of the same side */
	uint64_t calls;
	struct amounts base, new, growth;
};

/* Zeroed is empty. */
struct changes {
	struct sum_list base, new;
	struct VEC(struct change_row) rows;
};

/*
 * Both profiles have the same metric. `hidden` counts what `min`, a change of so much in
 * either direction, and `top`, the largest changes, left out. Fails when out of memory;
 * changes_deinit() is due either way.
 */
struct ptmem_error *changes_collect(const struct profile *base, const struct profile *new,
	const struct report_options *options, struct changes *changes,
	struct report_hidden *hidden);
void changes_deinit(struct changes *changes);

#endif
