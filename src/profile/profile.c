/* All that a run measured: making, naming, freeing. */
#include "profile/profile.h"

#include <stdlib.h>
#include <string.h>

bool profile_init(struct profile *profile, enum metric metric)
{
	*profile = (struct profile){.metric = metric, .columns = metric_columns(metric)};
	return callpath_init(&profile->paths, profile->columns);
}

void profile_deinit(struct profile *profile)
{
	for (size_t i = 0; i < profile->modules.count; i++) {
		free(profile->modules.items[i].path);
		free(profile->modules.items[i].build_id);
	}
	for (size_t i = 0; i < profile->locations.count; i++) {
		free(profile->locations.items[i].symbol);
		free(profile->locations.items[i].name);
		free(profile->locations.items[i].file);
		free(profile->locations.items[i].source);
	}
	vec_deinit(&profile->modules);
	vec_deinit(&profile->locations);
	map_deinit(&profile->location_of);
	callpath_deinit(&profile->paths);
}

uint32_t profile_add_module(struct profile *profile, const char *path, const char *build_id)
{
	struct module new = {.path = strdup(path), .build_id = build_id ? strdup(build_id) : NULL};
	struct module *module = NULL;

	if (new.path && (new.build_id || !build_id))
		module = vec_append(&profile->modules);
	if (!module) {
		free(new.path);
		free(new.build_id);
		return UINT32_MAX;
	}
	*module = new;
	return (uint32_t)profile->modules.count - 1;
}

static uint32_t profile_add_location(struct profile *profile, struct location location)
{
	struct location *new = vec_append(&profile->locations);

	if (!new)
		return UINT32_MAX;
	*new = location;
	return (uint32_t)profile->locations.count - 1;
}

uint32_t profile_code_location(
	struct profile *profile, uint32_t module, uint64_t offset, const char *symbol)
{
	/* A file's addresses stay below 2^48: no two pairs share a key. */
	uint64_t key = (uint64_t)module << 48 ^ offset;
	uint32_t found = map_get(&profile->location_of, key);
	char *copy;
	uint32_t new;

	if (found != MAP_NONE)
		return found;
	copy = strdup(symbol);
	new = copy ? profile_add_location(profile, (struct location){.kind = LOCATION_CODE,
							   .module = module,
							   .offset = offset,
							   .symbol = copy})
		   : UINT32_MAX;
	if (new == UINT32_MAX)
		free(copy);
	else if (!map_set(&profile->location_of, key, new))
		return UINT32_MAX;
	return new;
}

static uint32_t profile_add_named(
	struct profile *profile, enum location_kind kind, uint64_t ordinal, const char *name)
{
	char *copy = strdup(name);
	uint32_t new =
		copy ? profile_add_location(profile,
			       (struct location){.kind = kind, .offset = ordinal, .name = copy})
		     : UINT32_MAX;

	if (new == UINT32_MAX)
		free(copy);
	return new;
}

uint32_t profile_bracket_location(struct profile *profile, const char *name)
{
	for (size_t i = 0; i < profile->locations.count; i++) {
		const struct location *location = &profile->locations.items[i];

		if (location->kind == LOCATION_BRACKET && !strcmp(location->name, name))
			return (uint32_t)i;
	}
	return profile_add_named(profile, LOCATION_BRACKET, 0, name);
}

uint32_t profile_thread_location(struct profile *profile, uint64_t ordinal, const char *name)
{
	return profile_add_named(profile, LOCATION_THREAD, ordinal, name);
}

bool profile_rename(struct profile *profile, uint32_t location, const char *name)
{
	char *copy = strdup(name);

	if (!copy)
		return false;
	free(profile->locations.items[location].name);
	profile->locations.items[location].name = copy;
	return true;
}
