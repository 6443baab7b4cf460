/* Sums and walks of subtrees. */
#include "report/subtree.h"

#include <stdlib.h>
#include <string.h>

void subtree_sum(const struct callpath_trie *paths, unsigned column, int64_t *sums)
{
	for (uint32_t i = 0; i < paths->count; i++)
		sums[i] = callpath_amounts(paths, i, column)->self;
	for (uint32_t i = paths->count - 1; i > CALLPATH_ROOT; i--)
		sums[callpath_at(paths, i)->parent] += sums[i];
}

bool walk_init(struct walk *walk, const struct callpath_trie *paths)
{
	size_t size = paths->count * sizeof *walk->child;

	*walk = (struct walk){
		.paths = paths,
		.child = malloc(size),
		.sibling = malloc(size),
	};
	if (!walk->child || !walk->sibling)
		return false;
	memset(walk->child, 0xff, size);
	memset(walk->sibling, 0xff, size);
	return true;
}

void walk_deinit(struct walk *walk)
{
	free(walk->child);
	free(walk->sibling);
	*walk = (struct walk){0};
}

void walk_link(struct walk *walk, uint32_t node)
{
	uint32_t parent = callpath_at(walk->paths, node)->parent;

	walk->sibling[node] = walk->child[parent];
	walk->child[parent] = node;
}

uint32_t walk_next(const struct walk *walk, uint32_t node, uint32_t *left)
{
	*left = 0;
	if (walk->child[node] != CALLPATH_NONE)
		return walk->child[node];
	*left = 1;
	while (node != CALLPATH_ROOT && walk->sibling[node] == CALLPATH_NONE) {
		node = callpath_at(walk->paths, node)->parent;
		++*left;
	}
	return walk->sibling[node];
}
