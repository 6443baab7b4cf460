/*
 * Signed sums with callees: what a function and all below it added and gave back, with
 * the memory of a recursive function counted once, at its outermost call.
 */
#ifndef PTMEM_REPORT_NET_H
#define PTMEM_REPORT_NET_H

#include "base/error.h"
#include "profile/callpath.h"
#include "report/outermost.h"
#include "report/rows.h"

#include <stdint.h>

#define NO_ROW NO_GROUP

/*
 * Adds to each row the sums of the subtrees that its function is at the top of. `row_of`
 * says for each location which row is its own, or NO_ROW. Takes time and memory in
 * proportion to the nodes, however deep they go. Fails when out of memory.
 */
struct ptmem_error *net_add(
	const struct callpath_trie *paths, const uint32_t *row_of, struct row_list *rows);

#endif
