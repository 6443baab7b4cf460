/* Where the functions of the debuggee `unwinds` are: what it writes first. */
#ifndef PTMEM_TEST_UNWINDS_H
#define PTMEM_TEST_UNWINDS_H

#include <stdint.h>

enum unwinds_function {
	UNWINDS_MAIN,
	UNWINDS_A,
	UNWINDS_B,
	UNWINDS_C,
	UNWINDS_RECURSE,
	UNWINDS_HANDLER,
	UNWINDS_THREAD,
	UNWINDS_UNTABLED,
	UNWINDS_FUNCTIONS, /* how many; and any other function */
};

struct unwinds_ranges {
	struct {
		uint64_t start, end;
	} of[UNWINDS_FUNCTIONS];
};

#endif
