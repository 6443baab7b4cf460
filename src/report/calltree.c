/* The call tree: merging, adding up, selecting, ordering. */
#include "report/calltree.h"

#include "report/output.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_NODE (CALLPATH_ROOT + 1)

void calltree_deinit(struct calltree *tree)
{
	labels_deinit(&tree->labels);
	callpath_deinit(&tree->paths);
	walk_deinit(&tree->walk);
	free(tree->sums);
	free(tree->shown);
}

/* Says for each node whether anything was called or moved there or below. */
static bool *find_eventful(const struct callpath_trie *paths)
{
	bool *eventful = calloc(paths->count, sizeof *eventful);

	if (!eventful)
		return NULL;
	for (uint32_t i = paths->count - 1; i > CALLPATH_ROOT; i--) {
		const struct callpath_node *node = callpath_at(paths, i);

		eventful[i] |= node->calls != 0;
		for (unsigned column = 0; column < paths->columns; column++)
			eventful[i] |= callpath_amounts(paths, i, column)->self != 0;
		eventful[node->parent] |= eventful[i];
	}
	return eventful;
}

static bool is_thread(const struct profile *profile, uint32_t node)
{
	uint32_t location = callpath_at(&profile->paths, node)->location;

	return profile->places->locations.items[location].kind == LOCATION_THREAD;
}

static bool has_several_threads(const struct profile *profile, const bool *eventful)
{
	size_t threads = 0;

	for (uint32_t i = FIRST_NODE; i < profile->paths.count; i++)
		threads += eventful[i] && is_thread(profile, i);
	return threads > 1;
}

static void add_node(struct callpath_trie *into, uint32_t node, const struct callpath_trie *from,
	uint32_t from_node)
{
	callpath_at(into, node)->calls += callpath_at(from, from_node)->calls;
	for (unsigned column = 0; column < into->columns; column++)
		callpath_amounts(into, node, column)->self +=
			callpath_amounts(from, from_node, column)->self;
}

/* `merged` says for each node which one it became. */
static bool merge_nodes(struct calltree *tree, const struct profile *profile, const bool *eventful,
	bool threads, uint32_t *merged)
{
	merged[CALLPATH_ROOT] = CALLPATH_ROOT;
	for (uint32_t i = FIRST_NODE; i < profile->paths.count; i++) {
		const struct callpath_node *node = callpath_at(&profile->paths, i);
		uint32_t parent = merged[node->parent];

		if (!eventful[i])
			continue;
		if (!threads && is_thread(profile, i))
			merged[i] = parent;
		else
			merged[i] = callpath_intern(
				&tree->paths, parent, tree->labels.of[node->location]);
		if (merged[i] == CALLPATH_NONE)
			return false;
		add_node(&tree->paths, merged[i], &profile->paths, i);
	}
	return true;
}

static bool merge(
	struct calltree *tree, const struct profile *profile, enum calltree_threads threads)
{
	bool *eventful = find_eventful(&profile->paths);
	uint32_t *merged = malloc(profile->paths.count * sizeof *merged);
	bool done = eventful && merged &&
		    merge_nodes(tree, profile, eventful,
			    threads == THREADS_ALWAYS || has_several_threads(profile, eventful),
			    merged);

	free(eventful);
	free(merged);
	return done;
}

static bool add_up(struct calltree *tree)
{
	size_t nodes = tree->paths.count;

	tree->sums = malloc(nodes * tree->paths.columns * sizeof *tree->sums);
	tree->shown = malloc(nodes * sizeof *tree->shown);
	if (!tree->sums || !tree->shown)
		return false;
	for (unsigned column = 0; column < tree->paths.columns; column++)
		subtree_sum(&tree->paths, column, tree->sums + column * nodes);
	for (size_t i = 0; i < nodes; i++)
		tree->shown[i] = true;
	return true;
}

struct ptmem_error *calltree_init(
	struct calltree *tree, const struct profile *profile, enum calltree_threads threads)
{
	*tree = (struct calltree){0};
	if (labels_init(&tree->labels, profile) && callpath_init(&tree->paths, profile->columns) &&
		merge(tree, profile, threads) && add_up(tree))
		return NULL;
	calltree_deinit(tree);
	return &error_no_memory;
}

const struct label *calltree_label(const struct calltree *tree, uint32_t node)
{
	return &tree->labels.list.items[callpath_at(&tree->paths, node)->location];
}

uint64_t calltree_calls(const struct calltree *tree, uint32_t node)
{
	uint64_t calls = callpath_at(&tree->paths, node)->calls;

	return calls || calltree_label(tree, node)->kind != LOCATION_THREAD ? calls : 1;
}

int64_t calltree_amount(const struct calltree *tree, uint32_t node, unsigned column, bool self)
{
	return self ? callpath_amounts(&tree->paths, node, column)->self
		    : tree->sums[(size_t)column * tree->paths.count + node];
}

/* In the column where it is largest. */
static uint64_t node_magnitude(const struct calltree *tree, uint32_t node, bool self)
{
	uint64_t largest = 0;

	for (unsigned column = 0; column < tree->paths.columns; column++) {
		uint64_t magnitude = bytes_magnitude(calltree_amount(tree, node, column, self));

		largest = magnitude > largest ? magnitude : largest;
	}
	return largest;
}

/* A node's place among others: by key, then by name, then by first call. */
struct rank {
	int64_t key;
	uint32_t label, node;
};

struct ranking VEC(struct rank);

static int compare_places(const void *a, const void *b)
{
	const struct rank *left = a, *right = b;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	if (left->label != right->label)
		return left->label < right->label ? -1 : 1;
	return (left->node > right->node) - (left->node < right->node);
}

static struct rank place_of(const struct calltree *tree, uint32_t node,
	const struct report_options *options, enum report_sort sort)
{
	struct rank place = {.label = callpath_at(&tree->paths, node)->location, .node = node};

	if (sort == SORT_MEMORY)
		place.key = calltree_amount(tree, node, 0, options->self);
	else if (sort == SORT_CALLS)
		place.key = (int64_t)calltree_calls(tree, node);
	else if (sort == SORT_TIME)
		place.key = node;
	return place;
}

/* All shown nodes in order. */
static bool sort_shown(const struct calltree *tree, const struct report_options *options,
	enum report_sort sort, struct ranking *places)
{
	for (uint32_t i = FIRST_NODE; i < tree->paths.count; i++) {
		struct rank *place = tree->shown[i] ? vec_append(places) : NULL;

		if (place)
			*place = place_of(tree, i, options, sort);
		else if (tree->shown[i])
			return false;
	}
	if (places->count)
		qsort(places->items, places->count, sizeof *places->items, compare_places);
	return true;
}

/* What leads to a shown node is shown; says how many that makes. */
static size_t show_ancestors(struct calltree *tree)
{
	size_t shown = 0;

	for (uint32_t i = tree->paths.count - 1; i > CALLPATH_ROOT; i--) {
		shown += tree->shown[i];
		tree->shown[callpath_at(&tree->paths, i)->parent] |= tree->shown[i];
	}
	return shown;
}

struct ptmem_error *calltree_select(struct calltree *tree, const struct report_options *options,
	uint64_t min, struct report_hidden *hidden)
{
	size_t nodes = tree->paths.count - FIRST_NODE, shown;
	struct ranking places = {0};

	for (uint32_t i = FIRST_NODE; i < tree->paths.count; i++)
		tree->shown[i] = node_magnitude(tree, i, options->self) >= min;
	if (options->top && !sort_shown(tree, options, SORT_MEMORY, &places)) {
		vec_deinit(&places);
		memset(tree->shown, true, tree->paths.count);
		return &error_no_memory;
	}
	shown = show_ancestors(tree);
	*hidden = (struct report_hidden){.below_min = nodes - shown};
	if (options->top && places.count > options->top) {
		memset(tree->shown, false, tree->paths.count);
		for (size_t i = places.count - options->top; i < places.count; i++)
			tree->shown[places.items[i].node] = true;
		hidden->beyond_top = shown - show_ancestors(tree);
	}
	vec_deinit(&places);
	return NULL;
}

struct ptmem_error *calltree_order(struct calltree *tree, const struct report_options *options)
{
	struct ranking places = {0};
	bool done;

	walk_deinit(&tree->walk);
	done = walk_init(&tree->walk, &tree->paths) &&
	       sort_shown(tree, options, options->sort, &places);
	/* The one that is linked last stands first. */
	for (size_t i = 0; done && i < places.count; i++) {
		size_t index = options->reverse ? i : places.count - 1 - i;

		walk_link(&tree->walk, places.items[index].node);
	}
	vec_deinit(&places);
	return done ? NULL : &error_no_memory;
}
