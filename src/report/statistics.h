/* What several runs of one thing have in common, and how far they are apart. */
#ifndef PTMEM_REPORT_STATISTICS_H
#define PTMEM_REPORT_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

struct statistics {
	int64_t median; /* of an even number: between the two in the middle */
	int64_t least, most;
	double deviation; /* the standard deviation, of a sample: over n - 1; of one value: 0 */
};

/* Of one value or more, which are put in order. */
struct statistics statistics_of(int64_t *values, size_t count);

#endif
