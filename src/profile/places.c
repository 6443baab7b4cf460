/* Modules and locations: making, naming, freeing. */
#include "profile/places.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

struct places *places_create(void)
{
	struct places *places = calloc(1, sizeof *places);

	if (places)
		places->users = 1;
	return places;
}

struct places *places_share(struct places *places)
{
	places->users++;
	return places;
}

static void places_destroy(struct places *places)
{
	for (size_t i = 0; i < places->modules.count; i++) {
		free(places->modules.items[i].path);
		free(places->modules.items[i].build_id);
	}
	for (size_t i = 0; i < places->locations.count; i++) {
		if (places->locations.items[i].borrowed)
			continue;
		free(places->locations.items[i].symbol);
		free(places->locations.items[i].name);
		free(places->locations.items[i].file);
		free(places->locations.items[i].source);
		free(places->locations.items[i].call_file);
	}
	vec_deinit(&places->modules);
	vec_deinit(&places->locations);
	map_deinit(&places->location_of);
	texts_deinit(&places->brackets);
	texts_deinit(&places->families);
	sites_deinit(&places->sites);
	listings_deinit(&places->listings);
	instances_deinit(&places->instances);
	free(places);
}

void places_release(struct places *places)
{
	if (places && !--places->users)
		places_destroy(places);
}

uint32_t places_add_module(struct places *places, const char *path, const char *build_id)
{
	struct module new = {.path = strdup(path), .build_id = build_id ? strdup(build_id) : NULL};
	struct module *module = NULL;

	if (new.path && (new.build_id || !build_id))
		module = vec_append(&places->modules);
	if (!module) {
		free(new.path);
		free(new.build_id);
		return UINT32_MAX;
	}
	*module = new;
	return (uint32_t)places->modules.count - 1;
}

uint32_t places_add_location(struct places *places, struct location location)
{
	struct location *new = vec_append(&places->locations);

	if (!new)
		return UINT32_MAX;
	*new = location;
	return (uint32_t)places->locations.count - 1;
}

/* `f.part.0.isra.1` is a part of `f`, and `f.constprop.0` a copy: the length of `f`; else of all.
 */
static size_t stem_of(const char *symbol)
{
	static const char *const marks[] = {".part.", ".constprop.", ".isra.", ".cold"};
	size_t length = strlen(symbol);

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		const char *mark = strstr(symbol, marks[i]);

		if (mark && mark > symbol && (size_t)(mark - symbol) < length)
			length = (size_t)(mark - symbol);
	}
	return length;
}

/* Functions of one name that have nothing but that in common are none. */
static bool find_family(struct places *places, uint32_t index)
{
	struct location *location = &places->locations.items[index];
	size_t stem = stem_of(location->symbol);
	struct strbuf key = {0};
	uint32_t *known;

	location->family = index;
	strbuf_addf(&key, "%u ", location->module);
	strbuf_add_bytes(&key, location->symbol, stem);
	known = texts_find(&places->families, strbuf_take(&key));
	if (!known)
		return false;
	if (*known == UINT32_MAX)
		*known = index;
	else if (location->symbol[stem] || places->locations.items[*known].symbol[stem])
		location->family = *known;
	return true;
}

uint32_t places_code_location(
	struct places *places, uint32_t module, uint64_t offset, const char *symbol)
{
	uint64_t key = places_code_key(module, offset);
	uint32_t found = map_get(&places->location_of, key);
	char *copy;
	uint32_t new;

	if (found != MAP_NONE)
		return found;
	copy = strdup(symbol);
	new = copy ? places_add_location(places, (struct location){.kind = LOCATION_CODE,
							 .module = module,
							 .offset = offset,
							 .symbol = copy})
		   : UINT32_MAX;
	if (new == UINT32_MAX)
		free(copy);
	else if (!map_set(&places->location_of, key, new) || !find_family(places, new))
		return UINT32_MAX;
	return new;
}

static uint32_t places_add_named(
	struct places *places, enum location_kind kind, uint64_t ordinal, const char *name)
{
	char *copy = strdup(name);
	uint32_t new =
		copy ? places_add_location(places,
			       (struct location){.kind = kind, .offset = ordinal, .name = copy})
		     : UINT32_MAX;

	if (new == UINT32_MAX)
		free(copy);
	return new;
}

uint32_t places_bracket_location(struct places *places, const char *name)
{
	uint32_t *known = texts_find(&places->brackets, strdup(name));

	if (!known)
		return UINT32_MAX;
	if (*known == UINT32_MAX)
		*known = places_add_named(places, LOCATION_BRACKET, 0, name);
	return *known;
}

uint32_t places_thread_location(struct places *places, uint64_t ordinal, const char *name)
{
	return places_add_named(places, LOCATION_THREAD, ordinal, name);
}

bool places_rename(struct places *places, uint32_t location, const char *name)
{
	char *copy = strdup(name);

	if (!copy)
		return false;
	free(places->locations.items[location].name);
	places->locations.items[location].name = copy;
	return true;
}

char *module_key(const char *path, const char *build_id)
{
	struct strbuf key = {0};

	strbuf_addf(&key, "%s ", build_id);
	strbuf_add(&key, path);
	return strbuf_take(&key);
}

/* The modules of some places by their keys; false when out of memory. */
static bool find_modules(const struct places *places, struct texts *modules)
{
	for (size_t i = 0; i < places->modules.count; i++) {
		const struct module *module = &places->modules.items[i];
		uint32_t *known;

		if (!module->build_id)
			continue;
		known = texts_find(modules, module_key(module->path, module->build_id));
		if (!known)
			return false;
		*known = (uint32_t)i;
	}
	return true;
}

static void take_name(struct location *location, struct location *from)
{
	location->name = from->name;
	location->file = from->file;
	location->line = from->line;
	location->source = from->source;
	from->name = from->file = from->source = NULL;
}

/* For each module of some places which of the other's it is, or UINT32_MAX. */
static bool match_modules(
	const struct places *places, const struct places *from, uint32_t *module_of)
{
	struct texts modules = {0};
	bool done = find_modules(from, &modules);

	for (size_t i = 0; done && i < places->modules.count; i++) {
		const struct module *module = &places->modules.items[i];
		uint32_t *known;

		module_of[i] = UINT32_MAX;
		if (!module->build_id)
			continue;
		known = texts_find(&modules, module_key(module->path, module->build_id));
		done = known;
		if (done)
			module_of[i] = *known;
	}
	texts_deinit(&modules);
	return done;
}

static void take_names(struct places *places, struct places *from, const uint32_t *module_of)
{
	for (size_t i = 0; i < places->locations.count; i++) {
		struct location *location = &places->locations.items[i];
		uint32_t module, other = MAP_NONE;

		if (location->kind != LOCATION_CODE || location->name)
			continue;
		module = module_of[location->module];
		if (module != UINT32_MAX)
			other = map_get(
				&from->location_of, places_code_key(module, location->offset));
		if (other != MAP_NONE)
			take_name(location, &from->locations.items[other]);
	}
}

bool places_take_names(struct places *places, struct places *from)
{
	uint32_t *module_of = malloc((places->modules.count + 1) * sizeof *module_of);
	bool done = module_of && match_modules(places, from, module_of);

	if (done) {
		take_names(places, from, module_of);
		done = places_take_sites(places, from, module_of);
	}
	free(module_of);
	return done;
}
