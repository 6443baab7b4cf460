/* Which functions of a run are listed line by line. */
#include "engine/listing.h"

#include "base/strbuf.h"
#include "profile/line_places.h"

#include <stdlib.h>
#include <string.h>

/* What is there to choose from, and what is wanted of it. */
struct choosing {
	const struct profiles *profiles;
	struct places *places;
	struct line_selection *selection;
	struct texts groups; /* what the source has once: the index of its listing */
	bool *seen;          /* by location: it has lines */
	int64_t *own;        /* by location: bytes, without callees */
};

/* `Table<int>::grow` is `Table<>::grow`. What is not bracketed as it should be stays as it is. */
static char *without_arguments(const char *name)
{
	struct strbuf text = {0};
	size_t depth = 0;

	for (const char *at = name; *at; at++) {
		bool opens = *at == '<' && at > name && at[-1] != '<' && at[-1] != ' ' &&
			     strncmp(at > name + 7 ? at - 8 : name, "operator", 8) != 0;

		depth -= *at == '>' && depth && at[-1] != '-';
		if (!depth)
			strbuf_add_bytes(&text, at, 1);
		depth += opens || (*at == '<' && depth);
	}
	if (!depth)
		return strbuf_take(&text);
	strbuf_deinit(&text);
	return strdup(name);
}

static bool has_source(const struct location *location)
{
	return location_is_code(location) && location->name && location->file && location->line > 0;
}

/* What has lines. What a call did while it was not known where it was is none. */
static void see_all(struct choosing *choosing)
{
	for (size_t i = 0; i < choosing->profiles->count; i++) {
		const struct lines *lines = choosing->profiles->items[i]->profile.lines;

		for (size_t j = 0; lines && j < lines->spots.count; j++) {
			const struct line_spot *spot = &lines->spots.items[j];
			size_t levels = line_place_levels(choosing->places, spot);

			for (size_t level = 0; spot->site != SITE_NONE && level < levels; level++)
				choosing->seen[line_place_function(choosing->places, spot, level)] =
					true;
		}
	}
}

static void weigh_all(struct choosing *choosing)
{
	for (size_t i = 0; i < choosing->profiles->count; i++) {
		const struct callpath_trie *paths = &choosing->profiles->items[i]->profile.paths;

		for (uint32_t node = CALLPATH_ROOT + 1; node < paths->count; node++) {
			const struct callpath_node *at = callpath_at(paths, node);
			uint32_t function = places_function(choosing->places, at->location);

			bytes_add(&choosing->own[function], at->first.self);
		}
	}
}

/* The listing that a location is part of, of this range of lines or of all (0); NULL when out of
 * memory. */
static struct listing *find_listing(
	struct choosing *choosing, const struct location *location, size_t range)
{
	struct listings *listings = &choosing->places->listings;
	char *name = choosing->selection->instantiations ? strdup(location->name)
							 : without_arguments(location->name);
	struct strbuf key = {0};
	uint32_t span = listings_span(listings, location->file, location->line), *known = NULL;
	struct listing *new = NULL;

	strbuf_addf(&key, "%zu %u ", range, span);
	strbuf_add(&key, name ? name : "");
	if (name && span != SPAN_NONE)
		known = texts_find(&choosing->groups, strbuf_take(&key));
	strbuf_deinit(&key);
	if (known && *known == UINT32_MAX)
		new = listings_add(listings, name, span);
	if (!new)
		free(name);
	if (new)
		*known = (uint32_t)listings->list.count - 1;
	return known && *known != UINT32_MAX ? &listings->list.items[*known] : NULL;
}

/* A listing of one instance is called what that is called. */
static bool name_listing(struct choosing *choosing, struct listing *listing, uint32_t index)
{
	const struct location *locations = choosing->places->locations.items;
	char *name;

	for (size_t i = 0; i < listing->members.count; i++)
		if (!strcmp(locations[listing->members.items[i]].name, locations[index].name))
			return true;
	name = !listing->instances++ ? strdup(locations[index].name)
				     : without_arguments(locations[index].name);
	if (!name)
		return false;
	free(listing->name);
	listing->name = name;
	return true;
}

static bool list_location(struct choosing *choosing, uint32_t index, size_t range)
{
	const struct location *location = &choosing->places->locations.items[index];
	struct listing *listing = find_listing(choosing, location, range);
	uint32_t *new;

	if (!listing)
		return false;
	if (range) {
		listing->from = choosing->selection->ranges.items[range - 1].from;
		listing->to = choosing->selection->ranges.items[range - 1].to;
	}
	for (size_t i = 0; i < listing->members.count; i++)
		if (listing->members.items[i] == index)
			return true;
	if (!name_listing(choosing, listing, index))
		return false;
	new = vec_append(&listing->members);
	if (new)
		*new = index;
	return new;
}

static bool choose_by_name(struct choosing *choosing)
{
	for (uint32_t i = 0; i < choosing->places->locations.count; i++) {
		const struct location *location = &choosing->places->locations.items[i];

		if (choosing->seen[i] && has_source(location) &&
			line_selection_matches(choosing->selection, location->name,
				location->kind == LOCATION_INLINED) &&
			!list_location(choosing, i, 0))
			return false;
	}
	return true;
}

/* The functions that have a line of this range at some of their spots. */
static bool choose_spot(struct choosing *choosing, const struct line_spot *spot, size_t range)
{
	struct line_range *wanted = &choosing->selection->ranges.items[range];
	size_t levels = line_place_levels(choosing->places, spot);

	for (size_t level = 0; spot->site != SITE_NONE && level < levels; level++) {
		struct line_place place = line_place_at(choosing->places, spot, level);
		uint32_t index = line_place_function(choosing->places, spot, level);
		const char *file = places_file_path(choosing->places, place.file);

		if (place.line < wanted->from || place.line > wanted->to || !file ||
			!has_source(&choosing->places->locations.items[index]) ||
			!pattern_list_matches_path(&wanted->file, file))
			continue;
		wanted->used = true;
		if (!list_location(choosing, index, range + 1))
			return false;
	}
	return true;
}

static bool choose_by_range(struct choosing *choosing, size_t range)
{
	for (size_t i = 0; i < choosing->profiles->count; i++) {
		const struct lines *lines = choosing->profiles->items[i]->profile.lines;

		for (size_t j = 0; lines && j < lines->spots.count; j++)
			if (!choose_spot(choosing, &lines->spots.items[j], range))
				return false;
	}
	return true;
}

static int64_t weight(const struct choosing *choosing, const struct listing *listing)
{
	int64_t sum = 0;

	for (size_t i = 0; i < listing->members.count; i++)
		bytes_add(&sum, choosing->own[listing->members.items[i]]);
	return sum;
}

/* Takes the lightest listings away until there are so many. */
static void keep_heaviest(struct choosing *choosing, size_t count)
{
	struct listings *listings = &choosing->places->listings;

	while (listings->list.count) {
		size_t lightest = 0;
		struct listing *last = &listings->list.items[listings->list.count - 1];

		for (size_t i = 1; i < listings->list.count; i++)
			if (weight(choosing, &listings->list.items[i]) <
				weight(choosing, &listings->list.items[lightest]))
				lightest = i;
		if (listings->list.count <= count &&
			weight(choosing, &listings->list.items[lightest]) > 0)
			return;
		free(listings->list.items[lightest].name);
		vec_deinit(&listings->list.items[lightest].members);
		listings->list.items[lightest] = *last;
		listings->list.count--;
	}
}

static bool choose_heaviest(struct choosing *choosing)
{
	size_t top = choosing->selection->top;

	weigh_all(choosing);
	for (uint32_t i = 0; i < choosing->places->locations.count; i++)
		if (choosing->seen[i] && choosing->own[i] > 0 &&
			has_source(&choosing->places->locations.items[i]) &&
			!list_location(choosing, i, 0))
			return false;
	keep_heaviest(choosing, top ? top : LISTING_HEAVIEST);
	return true;
}

static bool choose(struct choosing *choosing)
{
	bool chosen;

	see_all(choosing);
	if (!line_selection_names(choosing->selection))
		return choose_heaviest(choosing);
	chosen = !choosing->selection->funcs.count || choose_by_name(choosing);
	for (size_t i = 0; chosen && i < choosing->selection->ranges.count; i++)
		chosen = choose_by_range(choosing, i);
	return chosen;
}

struct ptmem_error *listing_choose(
	const struct profiles *profiles, struct line_selection *selection)
{
	struct places *places = profiles_first(profiles)->places;
	size_t count = places->locations.count + 1;
	struct choosing choosing = {
		.profiles = profiles,
		.places = places,
		.selection = selection,
		.seen = calloc(count, sizeof *choosing.seen),
		.own = calloc(count, sizeof *choosing.own),
	};
	bool chosen;

	listings_clear(&places->listings);
	chosen = choosing.seen && choosing.own && choose(&choosing);
	texts_deinit(&choosing.groups);
	free(choosing.seen);
	free(choosing.own);
	return chosen ? NULL : &error_no_memory;
}

static struct ptmem_error *no_such_function(const struct places *places, const char *pattern)
{
	struct ptmem_error *error;
	struct nearest nearest;
	char *phrase;

	nearest_init(&nearest, pattern);
	for (size_t i = 0; i < places->locations.count; i++)
		if (has_source(&places->locations.items[i]))
			nearest_offer(&nearest, places->locations.items[i].name);
	phrase = nearest_phrase(&nearest);
	nearest_deinit(&nearest);
	error = error_new(ERROR_NO_MATCH, "--lines: no function that has lines matches '%s'%s",
		pattern, phrase ? phrase : "");
	free(phrase);
	return error;
}

struct ptmem_error *listing_check(
	const struct profiles *profiles, const struct line_selection *selection)
{
	const struct pattern *unused = pattern_list_unused(&selection->funcs);

	if (unused)
		return no_such_function(profiles_first(profiles)->places, unused->text);
	for (size_t i = 0; i < selection->ranges.count; i++) {
		const struct line_range *range = &selection->ranges.items[i];

		if (!range->used)
			return error_new(ERROR_NO_MATCH,
				"--lines: nothing was done in lines %d to %d of '%s'", range->from,
				range->to, range->file.items[0].text);
	}
	return NULL;
}
