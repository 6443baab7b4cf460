/* Signed sums with callees. */
#include "report/net.h"

#include "report/subtree.h"

#include <stdbool.h>
#include <stdlib.h>

struct net {
	const struct callpath_trie *paths;
	const uint32_t *row_of;
	struct walk walk;
	bool *outermost; /* a node: no ancestor has its row */
	bool *active;    /* a row: it is on the path that the walk is in */
	int64_t *sums;   /* a node: its subtree in one column */
};

static void net_deinit(struct net *net)
{
	walk_deinit(&net->walk);
	free(net->outermost);
	free(net->active);
	free(net->sums);
}

static bool net_init(struct net *net, size_t row_count)
{
	size_t nodes = net->paths->count;

	net->outermost = calloc(nodes, sizeof *net->outermost);
	net->active = calloc(row_count + 1, sizeof *net->active);
	net->sums = malloc(nodes * sizeof *net->sums);
	return walk_init(&net->walk, net->paths) && net->outermost && net->active && net->sums;
}

static uint32_t node_row(const struct net *net, uint32_t node)
{
	return node == CALLPATH_ROOT ? NO_ROW
				     : net->row_of[callpath_at(net->paths, node)->location];
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

static void net_find_outermost(struct net *net)
{
	uint32_t node = CALLPATH_ROOT, next, left;

	for (uint32_t i = CALLPATH_ROOT + 1; i < net->paths->count; i++)
		walk_link(&net->walk, i);
	for (; node != CALLPATH_NONE; node = next) {
		net_enter(net, node);
		next = walk_next(&net->walk, node, &left);
		for (; left; left--) {
			net_leave(net, node);
			node = callpath_at(net->paths, node)->parent;
		}
	}
}

static void net_add_column(struct net *net, unsigned column, struct row_list *rows)
{
	subtree_sum(net->paths, column, net->sums);
	for (uint32_t i = CALLPATH_ROOT + 1; i < net->paths->count; i++)
		if (net->outermost[i])
			rows->items[node_row(net, i)].totals.net.bytes[column] += net->sums[i];
}

struct ptmem_error *net_add(
	const struct callpath_trie *paths, const uint32_t *row_of, struct row_list *rows)
{
	struct net net = {.paths = paths, .row_of = row_of};
	struct ptmem_error *error = &error_no_memory;

	if (net_init(&net, rows->count)) {
		net_find_outermost(&net);
		for (unsigned column = 0; column < paths->columns; column++)
			net_add_column(&net, column, rows);
		error = NULL;
	}
	net_deinit(&net);
	return error;
}
