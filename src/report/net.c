/*
 * Signed sums with callees. A path can be 100,000 calls deep, so nothing here recurses: a
 * child's index is above its parent's, which makes one pass from the end add up subtrees,
 * and the walk that finds outermost calls keeps its place in the tree itself.
 */
#include "report/net.h"

#include <stdbool.h>
#include <stdlib.h>

struct net {
	const struct callpath_trie *paths;
	const uint32_t *row_of;
	uint32_t *child,
	        *sibling; /* a node's first child and next sibling, CALLPATH_NONE at the end */
	bool *outermost;  /* a node: no ancestor has its row */
	bool *active;     /* a row: it is on the path that the walk is in */
	int64_t *sums;    /* a node: its subtree in one column */
};

static void net_deinit(struct net *net)
{
	free(net->child);
	free(net->sibling);
	free(net->outermost);
	free(net->active);
	free(net->sums);
}

static bool net_init(struct net *net, size_t row_count)
{
	size_t nodes = net->paths->count;

	net->child = malloc(nodes * sizeof *net->child);
	net->sibling = malloc(nodes * sizeof *net->sibling);
	net->outermost = calloc(nodes, sizeof *net->outermost);
	net->active = calloc(row_count + 1, sizeof *net->active);
	net->sums = malloc(nodes * sizeof *net->sums);
	return net->child && net->sibling && net->outermost && net->active && net->sums;
}

static uint32_t node_row(const struct net *net, uint32_t node)
{
	return node == CALLPATH_ROOT ? NO_ROW
	                             : net->row_of[callpath_at(net->paths, node)->location];
}

/* From the last node to the first, so that a child list is in order of first calls. */
static void net_link(struct net *net)
{
	net->child[CALLPATH_ROOT] = net->sibling[CALLPATH_ROOT] = CALLPATH_NONE;
	for (uint32_t i = 1; i < net->paths->count; i++)
		net->child[i] = CALLPATH_NONE;
	for (uint32_t i = net->paths->count - 1; i > CALLPATH_ROOT; i--) {
		uint32_t parent = callpath_at(net->paths, i)->parent;

		net->sibling[i] = net->child[parent];
		net->child[parent] = i;
	}
}

static void net_enter(struct net *net, uint32_t node)
{
	uint32_t row = node_row(net, node);

	if (row == NO_ROW || net->active[row])
		return;
	net->active[row] = net->outermost[node] = true;
}

static void net_leave(struct net *net, uint32_t node)
{
	if (net->outermost[node])
		net->active[node_row(net, node)] = false;
}

/* Walks the tree depth first; the way back up is in the nodes' parents. */
static void net_find_outermost(struct net *net)
{
	uint32_t node = CALLPATH_ROOT;

	while (node != CALLPATH_NONE) {
		net_enter(net, node);
		if (net->child[node] != CALLPATH_NONE) {
			node = net->child[node];
			continue;
		}
		net_leave(net, node);
		while (node != CALLPATH_ROOT && net->sibling[node] == CALLPATH_NONE) {
			node = callpath_at(net->paths, node)->parent;
			net_leave(net, node);
		}
		node = net->sibling[node];
	}
}

static void net_add_column(struct net *net, unsigned column, struct row_list *rows)
{
	for (uint32_t i = 0; i < net->paths->count; i++)
		net->sums[i] = callpath_amounts(net->paths, i, column)->self;
	for (uint32_t i = net->paths->count - 1; i > CALLPATH_ROOT; i--) {
		if (net->outermost[i])
			rows->items[node_row(net, i)].amounts.bytes[column] += net->sums[i];
		net->sums[callpath_at(net->paths, i)->parent] += net->sums[i];
	}
}

struct ptmem_error *net_add(
        const struct callpath_trie *paths, const uint32_t *row_of, struct row_list *rows)
{
	struct net net = {.paths = paths, .row_of = row_of};
	struct ptmem_error *error = &error_no_memory;

	if (net_init(&net, rows->count)) {
		net_link(&net);
		net_find_outermost(&net);
		for (unsigned column = 0; column < paths->columns; column++)
			net_add_column(&net, column, rows);
		error = NULL;
	}
	net_deinit(&net);
	return error;
}
