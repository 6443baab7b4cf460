/*
 * Which nodes of a trie are the outermost of their group: no node above them is of the same.
 * What is added up over these alone is counted once, however deep it is nested in itself.
 */
#ifndef PTMEM_REPORT_OUTERMOST_H
#define PTMEM_REPORT_OUTERMOST_H

#include "profile/callpath.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_GROUP UINT32_MAX

/*
 * By node, to be freed; NULL when out of memory. `group_of` says for each location which group
 * it is of, below `groups`, or NO_GROUP. Takes time and memory in proportion to the nodes,
 * however deep they go.
 */
bool *outermost_find(const struct callpath_trie *paths, const uint32_t *group_of, size_t groups);

#endif
