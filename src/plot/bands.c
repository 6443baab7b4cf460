/* Which call paths of a recording are told apart. */
#include "plot/bands.h"

#include "base/strbuf.h"
#include "plot/text.h"
#include "report/label.h"
#include "report/subtree.h"

#include <stdlib.h>
#include <string.h>

#define WORTH 25       /* a band has at least this part of the peak: one in so many */
#define CUTS_MOST 1000 /* however deep the tree is */
#define NAMES_MOST 4   /* of the functions of a path */

struct cut {
	uint32_t node;
	int64_t weight; /* what is in the node, and below it in no other cut */
	bool final;     /* there is nothing in it to be told apart */
};

struct choice {
	const struct profile *profile;
	const struct callpath_trie *paths;
	struct walk walk; /* lists of children */
	int64_t *sums;    /* by node */
	int64_t least;
	struct cut cuts[BANDS_MOST + 1]; /* one more than is kept */
	size_t count;
};

static const struct location *location_of(const struct profile *profile, uint32_t node)
{
	uint32_t location = callpath_at(&profile->paths, node)->location;

	return &profile->places->locations.items[places_function(profile->places, location)];
}

/* Functions that debug info tells of are the program's own, as a rule. */
static bool is_described(const struct profile *profile, uint32_t node)
{
	const struct location *location = location_of(profile, node);

	return location_is_code(location) && location->file;
}

static bool choice_init(struct choice *choice, const struct profile *profile)
{
	const struct callpath_trie *paths = &profile->paths;

	*choice = (struct choice){.profile = profile, .paths = paths};
	choice->sums = malloc(paths->count * sizeof *choice->sums);
	if (!walk_init(&choice->walk, paths) || !choice->sums)
		return false;
	subtree_sum(paths, 0, choice->sums);
	for (uint32_t node = paths->count; node-- > CALLPATH_ROOT + 1;)
		walk_link(&choice->walk, node);
	choice->least = choice->sums[CALLPATH_ROOT] / WORTH + 1;
	choice->cuts[0] = (struct cut){CALLPATH_ROOT, choice->sums[CALLPATH_ROOT], false};
	choice->count = 1;
	return true;
}

static void choice_deinit(struct choice *choice)
{
	walk_deinit(&choice->walk);
	free(choice->sums);
}

/* The heaviest that may have something in it to be told apart; NULL where none has. */
static struct cut *heaviest_cut(struct choice *choice)
{
	struct cut *heaviest = NULL;

	for (size_t i = 0; i < choice->count; i++)
		if (!choice->cuts[i].final &&
			(!heaviest || choice->cuts[i].weight > heaviest->weight))
			heaviest = &choice->cuts[i];
	return heaviest;
}

static int compare_cuts(const void *a, const void *b)
{
	const struct cut *left = a, *right = b;

	if (left->weight != right->weight)
		return left->weight < right->weight ? 1 : -1;
	return (left->node > right->node) - (left->node < right->node);
}

/* Cuts what is heavy enough out of another cut, as far as there is room. */
static void split(struct choice *choice, struct cut *cut)
{
	struct VEC(struct cut) new = {0};
	size_t room = BANDS_MOST - choice->count;
	bool described = cut->node != CALLPATH_ROOT && is_described(choice->profile, cut->node);

	cut->final = true;
	for (uint32_t child = choice->walk.child[cut->node]; child != CALLPATH_NONE;
		child = choice->walk.sibling[child]) {
		struct cut *place;

		if (choice->sums[child] < choice->least ||
			(described && !is_described(choice->profile, child)))
			continue;
		place = vec_append(&new);
		if (!place)
			break; /* it is told apart less */
		*place = (struct cut){child, choice->sums[child], false};
	}
	if (!new.count)
		return;
	qsort(new.items, new.count, sizeof *new.items, compare_cuts);
	if (!room && new.count == 1 && cut->weight - new.items[0].weight < choice->least)
		room = 1; /* in its place */
	for (size_t i = 0; i < new.count &&i < room; i++) {
		cut->weight -= new.items[i].weight;
		choice->cuts[choice->count++] = new.items[i];
	}
	if (cut->weight < choice->least)
		*cut = choice->cuts[--choice->count];
	vec_deinit(&new);
}

static void add_name(struct strbuf *buf, const struct location *location)
{
	if (location->kind == LOCATION_BRACKET || location->kind == LOCATION_THREAD)
		strbuf_addf(buf, "[%s]", location_name(location));
	else
		strbuf_add(buf, location_name(location));
}

static bool is_main(const struct location *location)
{
	return location_is_code(location) && !strcmp(location_name(location), "main");
}

/* From the innermost call outwards, up to main or what is not the program's own any more. */
static void add_path(struct strbuf *buf, const struct profile *profile, uint32_t node)
{
	bool described = is_described(profile, node);

	add_name(buf, location_of(profile, node));
	for (size_t names = 1; !is_main(location_of(profile, node)); names++) {
		node = callpath_at(&profile->paths, node)->parent;
		if (node == CALLPATH_ROOT || location_of(profile, node)->kind == LOCATION_THREAD ||
			(described && !is_described(profile, node)))
			return;
		strbuf_add(buf, " < ");
		if (names == NAMES_MOST) {
			strbuf_add(buf, "…");
			return;
		}
		add_name(buf, location_of(profile, node));
	}
}

static char *name_path(const struct profile *profile, uint32_t node)
{
	struct strbuf buf = {0};
	char *text, *clean;

	if (node == CALLPATH_ROOT)
		strbuf_add(&buf, "[other]");
	else
		add_path(&buf, profile, node);
	text = strbuf_take(&buf);
	clean = text ? text_clean(text) : NULL;
	free(text);
	return clean;
}

/* Every node has the band of its parent, but for those that are cut off there. */
static bool spread(struct bands *bands, const struct choice *choice)
{
	for (uint32_t node = 0; node < choice->paths->count; node++) {
		uint32_t parent = callpath_at(choice->paths, node)->parent;
		uint8_t *band = vec_append(&bands->of);

		if (!band)
			return false;
		*band = node == CALLPATH_ROOT ? BANDS_MOST : bands->of.items[parent];
		for (size_t i = 0; i < choice->count; i++)
			if (choice->cuts[i].node == node)
				*band = (uint8_t)i;
	}
	return true;
}

bool bands_choose(struct bands *bands, const struct profile *profile)
{
	struct choice choice;
	struct cut *cut;
	bool good;

	*bands = (struct bands){0};
	good = choice_init(&choice, profile);
	for (size_t i = 0; good && i < CUTS_MOST && (cut = heaviest_cut(&choice)); i++)
		split(&choice, cut);
	if (good)
		qsort(choice.cuts, choice.count, sizeof *choice.cuts, compare_cuts);
	for (size_t i = 0; good && i < choice.count; i++) {
		bands->names[i] = name_path(profile, choice.cuts[i].node);
		good = bands->names[i];
		bands->count += good;
	}
	good = good && spread(bands, &choice);
	choice_deinit(&choice);
	return good;
}

void bands_deinit(struct bands *bands)
{
	for (size_t i = 0; i < bands->count; i++)
		free(bands->names[i]);
	vec_deinit(&bands->of);
}

bool bands_find(struct bands *bands, const struct callpath_trie *paths, uint32_t path, size_t *band)
{
	*band = BANDS_MOST;
	if (path == CALLPATH_NONE)
		return true;
	while (bands->of.count <= path) {
		uint32_t parent = callpath_at(paths, (uint32_t)bands->of.count)->parent;
		uint8_t of = bands->of.count ? bands->of.items[parent] : BANDS_MOST;
		uint8_t *new = vec_append(&bands->of);

		if (!new)
			return false;
		*new = of;
	}
	*band = bands->of.items[path];
	return true;
}
