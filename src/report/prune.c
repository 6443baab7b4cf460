/* A trie, copied without what nobody needs. */
#include "report/prune.h"

#include <stdlib.h>

static bool node_moved(const struct callpath_trie *paths, uint32_t node)
{
	for (unsigned column = 0; column < paths->columns; column++)
		if (callpath_amounts(paths, node, column)->self)
			return true;
	return false;
}

/* Marks the nodes at or below which something moved. A child's index is above its parent's. */
static bool *mark_moved(const struct callpath_trie *paths)
{
	bool *moved = calloc(paths->count, sizeof *moved);

	for (uint32_t i = paths->count - 1; moved && i > CALLPATH_ROOT; i--) {
		moved[i] |= node_moved(paths, i);
		moved[callpath_at(paths, i)->parent] |= moved[i];
	}
	return moved;
}

static void copy_node(
	struct callpath_trie *to, uint32_t copy, const struct callpath_trie *from, uint32_t node)
{
	uint32_t parent = callpath_at(to, copy)->parent;

	*callpath_at(to, copy) = *callpath_at(from, node);
	callpath_at(to, copy)->parent = parent;
	for (unsigned column = 1; column < to->columns; column++)
		*callpath_amounts(to, copy, column) = *callpath_amounts(from, node, column);
}

bool prune_unmoved(struct callpath_trie *paths)
{
	bool *moved = mark_moved(paths);
	uint32_t *copies = malloc(paths->count * sizeof *copies);
	struct callpath_trie kept = {0};
	bool complete = moved && copies && callpath_init(&kept, paths->columns);

	if (complete)
		copies[CALLPATH_ROOT] = CALLPATH_ROOT;
	for (uint32_t i = CALLPATH_ROOT + 1; complete && i < paths->count; i++) {
		const struct callpath_node *node = callpath_at(paths, i);

		if (!moved[i])
			continue;
		copies[i] = callpath_intern(&kept, copies[node->parent], node->location);
		complete = copies[i] != CALLPATH_NONE;
		if (complete)
			copy_node(&kept, copies[i], paths, i);
	}
	free(moved);
	free(copies);
	callpath_deinit(complete ? paths : &kept);
	if (complete)
		*paths = kept;
	return complete;
}
