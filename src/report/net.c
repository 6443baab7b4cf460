/* Signed sums with callees. */
#include "report/net.h"

#include "report/outermost.h"
#include "report/subtree.h"

#include <stdbool.h>
#include <stdlib.h>

struct ptmem_error *net_add(
	const struct callpath_trie *paths, const uint32_t *row_of, struct row_list *rows)
{
	bool *outermost = outermost_find(paths, row_of, rows->count);
	int64_t *sums = malloc(paths->count * sizeof *sums);
	bool ready = outermost && sums;

	for (unsigned column = 0; ready && column < paths->columns; column++) {
		subtree_sum(paths, column, sums);
		for (uint32_t i = CALLPATH_ROOT + 1; i < paths->count; i++)
			if (outermost[i])
				rows->items[row_of[callpath_at(paths, i)->location]]
					.totals.net.bytes[column] += sums[i];
	}
	free(outermost);
	free(sums);
	return ready ? NULL : &error_no_memory;
}
