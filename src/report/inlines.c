/* Call paths rewritten: sites taken out, inlined functions put in. */
#include "report/inlines.h"

#include "base/strbuf.h"
#include "report/outermost.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_NODE (CALLPATH_ROOT + 1)

/* So many nodes are taken over before those that were are given back. */
#define CONSUMED (UINT32_C(1) << 16)

/* Nodes that inlined functions may have in all: files may say anything of them. */
#define NODES_MAX (UINT32_C(1) << 21)

struct rewriting {
	struct places *places;
	bool callsites;
	struct texts called;  /* locations by where they are called */
	size_t inlined;       /* nodes of inlined functions so far */
	struct profile from;  /* the one at hand: its paths as they were */
	struct profile *into; /* and as they become */
	uint32_t *nodes;      /* for a node of `from`, the one of `into` */
};

static bool copy_text(char **copy, const char *text)
{
	*copy = text ? strdup(text) : NULL;
	return *copy || !text;
}

/* The same location with the line of a call. */
static uint32_t add_called(struct places *places, uint32_t location, const char *file, int line)
{
	const struct location *from = &places->locations.items[location];
	struct location copy = {.kind = from->kind,
		.module = from->module,
		.offset = from->offset,
		.line = from->line,
		.call_line = line};
	bool copied = copy_text(&copy.symbol, from->symbol);
	uint32_t new = UINT32_MAX;

	copied = copy_text(&copy.name, from->name) && copied;
	copied = copy_text(&copy.file, from->file) && copied;
	copied = copy_text(&copy.source, from->source) && copied;
	copied = copy_text(&copy.call_file, file) && copied;
	if (copied)
		new = places_add_location(places, copy);
	if (new == UINT32_MAX) {
		free(copy.symbol);
		free(copy.name);
		free(copy.file);
		free(copy.source);
		free(copy.call_file);
	}
	return new;
}

/* A location as it is shown where it is called there. UINT32_MAX when out of memory. */
static uint32_t shown_location(
	struct rewriting *rewriting, uint32_t location, uint32_t file, int line)
{
	struct strbuf key = {0};
	uint32_t *known;

	if (!rewriting->callsites || file == FILE_NONE || line <= 0)
		return location;
	strbuf_addf(&key, "%u %u %d", location, file, line);
	known = texts_find(&rewriting->called, strbuf_take(&key));
	if (!known)
		return UINT32_MAX;
	if (*known == UINT32_MAX)
		*known = add_called(rewriting->places, location,
			places_file_path(rewriting->places, file), line);
	return *known;
}

/* Whether the code around a site is that of the function that is said to have made the call. */
static bool is_in_caller(
	const struct rewriting *rewriting, const struct site *site, uint32_t parent)
{
	const struct location *caller;

	if (parent == CALLPATH_ROOT)
		return false;
	caller = &rewriting->places->locations
			  .items[callpath_at(&rewriting->into->paths, parent)->location];
	return (caller->kind == LOCATION_CODE || caller->kind == LOCATION_METHOD) &&
	       caller->module == site->module && caller->offset == site->function;
}

/* The nodes of the functions that were inlined; *parent is the innermost then. */
static bool add_inlined(struct rewriting *rewriting, uint32_t index, uint32_t *parent)
{
	struct callpath_trie *paths = &rewriting->into->paths;

	for (size_t i = 0; i < rewriting->places->sites.list.items[index].inlined.count; i++) {
		struct inlined inlined =
			rewriting->places->sites.list.items[index].inlined.items[i];
		uint32_t location =
			shown_location(rewriting, inlined.location, inlined.file, inlined.line);
		uint32_t count = paths->count;

		if (location == UINT32_MAX)
			return false;
		*parent = callpath_intern(paths, *parent, location);
		if (*parent == CALLPATH_NONE)
			return false;
		rewriting->inlined += paths->count - count;
	}
	return true;
}

/* Where a call from a site goes: below its caller, or what was inlined there. */
static bool place_call(struct rewriting *rewriting, const struct location *call, uint32_t *parent,
	uint32_t *location)
{
	const struct site *site = &rewriting->places->sites.list.items[call->site];
	uint32_t function = call->function;

	if (is_in_caller(rewriting, site, *parent) && rewriting->inlined < NODES_MAX &&
		!add_inlined(rewriting, call->site, parent))
		return false;
	*location = shown_location(rewriting, function, site->file, site->line);
	return *location != UINT32_MAX;
}

/* A parent comes before its children; what nobody looks at any more is given back on the way. */
static bool rewrite_nodes(struct rewriting *rewriting)
{
	const struct callpath_trie *paths = &rewriting->from.paths;

	rewriting->nodes[CALLPATH_ROOT] = CALLPATH_ROOT;
	for (uint32_t i = FIRST_NODE; i < paths->count; i++) {
		const struct callpath_node *node = callpath_at(paths, i);
		const struct location *place = &rewriting->places->locations.items[node->location];
		uint32_t parent = rewriting->nodes[node->parent], location = node->location;

		if (place->kind == LOCATION_CALL &&
			!place_call(rewriting, place, &parent, &location))
			return false;
		rewriting->nodes[i] = callpath_intern(&rewriting->into->paths, parent, location);
		if (rewriting->nodes[i] == CALLPATH_NONE)
			return false;
		callpath_add(&rewriting->into->paths, rewriting->nodes[i], paths, i);
		if (!(i % CONSUMED))
			callpath_consume(&rewriting->from.paths, i);
	}
	return true;
}

/* What the calls that were made from inlined code come to, callees included. */
static void add_up(const struct rewriting *rewriting)
{
	const struct callpath_trie *paths = &rewriting->into->paths;
	const struct location *locations = rewriting->places->locations.items;

	for (uint32_t i = paths->count - 1; i > CALLPATH_ROOT; i--) {
		uint32_t parent = callpath_at(paths, i)->parent;

		if (parent == CALLPATH_ROOT ||
			locations[callpath_at(paths, parent)->location].kind != LOCATION_INLINED)
			continue;
		for (unsigned column = 0; column < paths->columns; column++)
			callpath_amounts(paths, parent, column)->rise +=
				callpath_amounts(paths, i, column)->rise;
	}
}

/* The group of each location that is of an inlined function, by its own number. */
static uint32_t *inlined_groups(const struct places *places)
{
	uint32_t *groups = malloc((places->locations.count + 1) * sizeof *groups);

	for (uint32_t i = 0; groups && i < places->locations.count; i++)
		groups[i] = places->locations.items[i].kind == LOCATION_INLINED ? i : NO_GROUP;
	return groups;
}

/* Nested in itself, the memory of an inlined function is counted at the outermost one. */
static bool count_once(const struct rewriting *rewriting)
{
	const struct callpath_trie *paths = &rewriting->into->paths;
	uint32_t *groups = inlined_groups(rewriting->places);
	bool *outermost =
		groups ? outermost_find(paths, groups, rewriting->places->locations.count) : NULL;

	for (uint32_t i = FIRST_NODE; outermost && i < paths->count; i++)
		for (unsigned column = 0; column < paths->columns; column++)
			if (groups[callpath_at(paths, i)->location] != NO_GROUP && !outermost[i])
				callpath_amounts(paths, i, column)->rise = 0;
	free(groups);
	free(outermost);
	return outermost;
}

static bool rewrite(struct rewriting *rewriting, struct profile *profile)
{
	bool done;

	rewriting->from = *profile;
	rewriting->into = profile;
	rewriting->nodes = malloc(profile->paths.count * sizeof *rewriting->nodes);
	done = callpath_init(&profile->paths, profile->columns) && rewriting->nodes &&
	       rewrite_nodes(rewriting);
	if (done && rewriting->inlined) {
		add_up(rewriting);
		done = count_once(rewriting);
	}
	free(rewriting->nodes);
	callpath_deinit(&rewriting->from.paths);
	return done;
}

struct ptmem_error *inlines_show(struct profiles *profiles, bool callsites)
{
	struct rewriting rewriting = {
		.places = profiles_first(profiles)->places, .callsites = callsites};
	bool done = true;

	if (!rewriting.places->sites.list.count)
		return NULL;
	for (size_t i = 0; done && i < profiles->count; i++)
		done = rewrite(&rewriting, &profiles->items[i]->profile);
	texts_deinit(&rewriting.called);
	return done ? NULL : &error_no_memory;
}
