/* Several runs of a program as one: the median of each function's memory, and its spread. */
#ifndef PTMEM_REPORT_MEDIAN_H
#define PTMEM_REPORT_MEDIAN_H

#include "base/error.h"
#include "base/vec.h"
#include "profile/profile.h"
#include "report/report.h"
#include "report/sums.h"

#include <stdint.h>

struct spread {
	int64_t least, most;
	size_t run; /* the one that is nearest to the median; sum.location is of that run */
};

struct medians {
	struct sum_list sums; /* the median in column 0, nothing in the others */
	struct VEC(struct spread) spreads;
};

/* Written on success only; medians_deinit() is then due. Fails when out of memory. */
struct ptmem_error *medians_collect(const struct profile *const *runs, size_t count,
	const struct report_options *options, struct medians *medians);
void medians_deinit(struct medians *medians);

/* The middle of some values, which are put in order; between two middle ones, their mean. */
int64_t median(int64_t *values, size_t count);

#endif
