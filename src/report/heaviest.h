/* For each function the call path to it that memory came by most. */
#ifndef PTMEM_REPORT_HEAVIEST_H
#define PTMEM_REPORT_HEAVIEST_H

#include "profile/profile.h"
#include "report/report.h"
#include "report/sums.h"

#include <stdbool.h>
#include <stdint.h>

struct heaviest {
	uint32_t node; /* where the path ends; CALLPATH_NONE: the function does not occur */
	int64_t memory;
};

/*
 * Finds them for all sums, which need not be this profile's: a heaviest each, in memory to
 * be freed; NULL when out of memory. Of the options `self` and `net` count.
 */
struct heaviest *heaviest_find(const struct profile *profile, const struct report_options *options,
	const struct sum_list *sums);

#endif
