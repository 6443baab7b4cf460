/* Sites: finding them by their address, and what they were found to be. */
#include "profile/places.h"

#include "base/strbuf.h"

#include <string.h>

/* What a run, or a file, may have of each. */
#define SITES_MAX (UINT32_C(1) << 20)
#define CALLS_MAX (UINT32_C(1) << 20)
#define CHAINED_MAX (UINT32_C(1) << 22)

void sites_deinit(struct sites *sites)
{
	for (size_t i = 0; i < sites->list.count; i++)
		vec_deinit(&sites->list.items[i].inlined);
	vec_deinit(&sites->list);
	map_deinit(&sites->site_of);
	map_deinit(&sites->call_of);
	texts_deinit(&sites->inlined);
	texts_deinit(&sites->files);
}

uint32_t places_find_site(const struct places *places, uint32_t module, uint64_t offset)
{
	return map_get(&places->sites.site_of, places_code_key(module, offset));
}

uint32_t places_site(struct places *places, uint32_t module, uint64_t offset)
{
	struct sites *sites = &places->sites;
	uint32_t found = places_find_site(places, module, offset);
	struct site *site;

	if (found != SITE_NONE || sites->list.count >= SITES_MAX)
		return found;
	found = (uint32_t)sites->list.count;
	site = vec_append(&sites->list);
	if (!site)
		return SITE_NONE;
	*site = (struct site){.module = module, .offset = offset, .file = FILE_NONE};
	if (map_set(&sites->site_of, places_code_key(module, offset), found))
		return found;
	sites->list.count--;
	return SITE_NONE;
}

static uint64_t call_key(uint32_t function, uint32_t site)
{
	return (uint64_t)function << 32 | site;
}

uint32_t places_find_call(const struct places *places, uint32_t function, uint32_t site)
{
	return map_get(&places->sites.call_of, call_key(function, site));
}

uint32_t places_call_location(struct places *places, uint32_t function, uint32_t site)
{
	struct sites *sites = &places->sites;
	uint32_t found = places_find_call(places, function, site);

	if (found != MAP_NONE || sites->call_of.count >= CALLS_MAX)
		return found;
	found = places_add_location(places,
		(struct location){.kind = LOCATION_CALL, .function = function, .site = site});
	if (found == UINT32_MAX || map_set(&sites->call_of, call_key(function, site), found))
		return found;
	places->locations.count--;
	return UINT32_MAX;
}

/*
 * What prints alike is one function, whatever it was inlined into. The name is preceded by its
 * length, so that none can pass for another's file.
 */
static char *inlined_key(uint32_t module, const char *name, const char *file, int line)
{
	struct strbuf key = {0};

	strbuf_addf(&key, "%u %d %zu ", file ? UINT32_MAX : module, line, strlen(name));
	strbuf_add(&key, name);
	strbuf_add(&key, file ? file : "");
	return strbuf_take(&key);
}

uint32_t places_inlined_location(
	struct places *places, uint32_t module, const char *name, const char *file, int line)
{
	uint32_t *known = texts_find(&places->sites.inlined, inlined_key(module, name, file, line));
	struct location location = {.kind = LOCATION_INLINED, .module = module, .line = line};

	if (!known)
		return UINT32_MAX;
	if (*known != UINT32_MAX)
		return *known;
	location.name = strdup(name);
	location.file = file ? strdup(file) : NULL;
	if (location.name && (location.file || !file))
		*known = places_add_location(places, location);
	if (*known == UINT32_MAX) {
		free(location.name);
		free(location.file);
	}
	return *known;
}

uint32_t places_file(struct places *places, const char *path)
{
	struct texts *files = &places->sites.files;
	uint32_t *known = path ? texts_find(files, strdup(path)) : NULL;

	if (!known)
		return FILE_NONE;
	if (*known == UINT32_MAX)
		*known = (uint32_t)files->list.count - 1;
	return *known;
}

const char *places_file_path(const struct places *places, uint32_t file)
{
	return file == FILE_NONE ? NULL : places->sites.files.list.items[file].text;
}

bool places_add_inlined(struct places *places, uint32_t index, struct inlined inlined)
{
	struct site *site = &places->sites.list.items[index];
	struct inlined *new = NULL;

	if (site->inlined.count < INLINED_MAX && places->sites.chained < CHAINED_MAX)
		new = vec_append(&site->inlined);
	if (!new)
		return false;
	*new = inlined;
	places->sites.chained++;
	return true;
}

/* The same function, inlined in a module of other places. UINT32_MAX when out of memory. */
static bool take_inlined(struct places *places, uint32_t index, const struct places *from,
	const struct inlined *inlined)
{
	const struct location *location = &from->locations.items[inlined->location];
	struct inlined copy = {.line = inlined->line};
	const char *source = location->source;
	struct location *new;

	copy.file = places_file(places, places_file_path(from, inlined->file));
	copy.location = places_inlined_location(places, places->sites.list.items[index].module,
		location->name, location->file, location->line);
	if (copy.location == UINT32_MAX)
		return false;
	new = &places->locations.items[copy.location];
	if (!new->source && source)
		new->source = strdup(source);
	places_add_inlined(places, index, copy);
	return true;
}

static bool take_site(
	struct places *places, uint32_t index, const struct places *from, const struct site *other)
{
	struct site *site = &places->sites.list.items[index];
	bool taken = true;

	site->resolved = true;
	site->function = other->function;
	site->line = other->line;
	site->file = places_file(places, places_file_path(from, other->file));
	for (size_t i = 0; taken && i < other->inlined.count; i++)
		taken = take_inlined(places, index, from, &other->inlined.items[i]);
	return taken;
}

bool places_take_sites(struct places *places, const struct places *from, const uint32_t *module_of)
{
	bool taken = true;

	for (uint32_t i = 0; taken && i < places->sites.list.count; i++) {
		const struct site *site = &places->sites.list.items[i];
		uint32_t module = module_of[site->module], other = SITE_NONE;

		if (!site->resolved && module != UINT32_MAX)
			other = places_find_site(from, module, site->offset);
		if (other != SITE_NONE && from->sites.list.items[other].resolved)
			taken = take_site(places, i, from, &from->sites.list.items[other]);
	}
	return taken;
}
