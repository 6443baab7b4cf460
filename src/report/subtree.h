/*
 * Subtrees of a trie: their sums, and walks through them. A path can be 100,000 calls deep,
 * so nothing here recurses: a child's index is above its parent's, which makes one pass
 * from the end add up all subtrees, and a walk keeps its place in the tree itself.
 */
#ifndef PTMEM_REPORT_SUBTREE_H
#define PTMEM_REPORT_SUBTREE_H

#include "profile/callpath.h"

#include <stdbool.h>
#include <stdint.h>

/* Signed sums of one column with all below, for each node; `sums` has room for all nodes. */
void subtree_sum(const struct callpath_trie *paths, unsigned column, int64_t *sums);

/* The order of a walk: lists of children, CALLPATH_NONE at the end of each. */
struct walk {
	const struct callpath_trie *paths;
	uint32_t *child, *sibling;
};

/* Only the root is in it at first. False when out of memory; walk_deinit() is due either way. */
bool walk_init(struct walk *walk, const struct callpath_trie *paths);
void walk_deinit(struct walk *walk);

/* Puts a node before the other children of its parent. */
void walk_link(struct walk *walk, uint32_t node);

/*
 * The node after this one, parents before their children; CALLPATH_NONE after the last.
 * `left` is how many nodes the walk came out of on the way, this one and then its ancestors:
 * 0 where the next node is its child.
 */
uint32_t walk_next(const struct walk *walk, uint32_t node, uint32_t *left);

#endif
