/* The outermost nodes of groups: one walk, which keeps in mind what it is in. */
#include "report/outermost.h"

#include "report/subtree.h"

#include <stdlib.h>

struct search {
	const struct callpath_trie *paths;
	const uint32_t *group_of;
	struct walk walk;
	bool *outermost; /* by node */
	bool *active;    /* by group: it is on the path that the walk is in */
};

static uint32_t node_group(const struct search *search, uint32_t node)
{
	return node == CALLPATH_ROOT ? NO_GROUP
				     : search->group_of[callpath_at(search->paths, node)->location];
}

static void enter(struct search *search, uint32_t node)
{
	uint32_t group = node_group(search, node);

	if (group == NO_GROUP || search->active[group])
		return;
	search->active[group] = search->outermost[node] = true;
}

static void leave(struct search *search, uint32_t node)
{
	if (search->outermost[node])
		search->active[node_group(search, node)] = false;
}

static void search_all(struct search *search)
{
	uint32_t node = CALLPATH_ROOT, next, left;

	for (uint32_t i = CALLPATH_ROOT + 1; i < search->paths->count; i++)
		walk_link(&search->walk, i);
	for (; node != CALLPATH_NONE; node = next) {
		enter(search, node);
		next = walk_next(&search->walk, node, &left);
		for (; left; left--) {
			leave(search, node);
			node = callpath_at(search->paths, node)->parent;
		}
	}
}

bool *outermost_find(const struct callpath_trie *paths, const uint32_t *group_of, size_t groups)
{
	struct search search = {.paths = paths,
		.group_of = group_of,
		.outermost = calloc(paths->count, sizeof *search.outermost),
		.active = calloc(groups + 1, sizeof *search.active)};
	bool ready = walk_init(&search.walk, paths) && search.outermost && search.active;

	if (ready)
		search_all(&search);
	walk_deinit(&search.walk);
	free(search.active);
	if (!ready) {
		free(search.outermost);
		return NULL;
	}
	return search.outermost;
}
