/* Taking paths out of a trie. */
#ifndef PTMEM_REPORT_PRUNE_H
#define PTMEM_REPORT_PRUNE_H

#include "profile/callpath.h"

#include <stdbool.h>

/*
 * Takes out the paths on which, and below which, no memory moved in any column; what is
 * left keeps its order. False when out of memory: the trie is as it was then.
 */
bool prune_unmoved(struct callpath_trie *paths);

#endif
