/* Names for what a run found. */
#include "engine/names.h"

#include "engine/module_files.h"

#include "symbol/demangle.h"
#include "symbol/site.h"

#include <stdlib.h>

static const struct image *image_of_module(const struct images *images, uint32_t module)
{
	for (size_t i = 0; i < images->count; i++)
		if (images->items[i].module == module)
			return &images->items[i];
	return NULL;
}

/* By what the object says; by its symbol where there is none, or it does not know the function. */
static struct ptmem_error *name_location(
	struct object *object, const struct symbol_options *symbols, struct location *location)
{
	const struct function *function =
		object ? object_function_at(object, (struct file_address){location->offset}) : NULL;
	struct function_source source;
	struct ptmem_error *error;

	if (!function) {
		location->name = symbol_printed_name(location->symbol, symbols->demangle);
		return location->name ? NULL : &error_no_memory;
	}
	error = object_function_source(object, function, &source);
	if (error)
		return error;
	location->name = source.name;
	location->file = source.file;
	location->line = source.line;
	return NULL;
}

/* One function that is inlined at a site; all beyond what a site may have is left out. */
static struct ptmem_error *add_inlined(
	struct places *places, uint32_t site, const struct inlined_call *call)
{
	struct inlined inlined = {.file = places_file(places, call->file), .line = call->line};
	const struct function_source *function = &call->function;

	inlined.location = places_inlined_location(places, places->sites.list.items[site].module,
		function->name, function->file, function->line);
	if (inlined.location == UINT32_MAX)
		return &error_no_memory;
	places_add_inlined(places, site, inlined);
	return NULL;
}

/* Which line a call is on, and what was inlined around it, as the object says. */
static struct ptmem_error *describe_site(
	struct object *object, struct places *places, uint32_t index)
{
	struct site *site = &places->sites.list.items[index];
	struct file_address address = {site->offset};
	const struct function *around = object ? object_function_around(object, address) : NULL;
	struct object_site found = {0};
	struct ptmem_error *error = object ? object_site(object, address, &found) : NULL;

	if (error)
		return error;
	site->resolved = true;
	site->function = around ? around->address.value : UINT64_MAX;
	site->file = places_file(places, found.file);
	site->line = found.line;
	for (size_t i = 0; !error && i < found.inlined.count; i++)
		error = add_inlined(places, index, &found.inlined.items[i]);
	object_site_deinit(&found);
	return error;
}

/* A location that occurs: of a call, the function that is called and the site. */
static struct ptmem_error *resolve_location(
	const struct images *images, struct places *places, uint32_t index)
{
	const struct location *call = &places->locations.items[index];
	struct location *location = &places->locations.items[places_function(places, index)];
	uint32_t site = call->kind == LOCATION_CALL ? call->site : SITE_NONE;
	const struct image *image = image_of_module(images, location->module);
	struct ptmem_error *error = NULL;

	if (!location->name)
		error = name_location(image ? image->object : NULL, images->symbols, location);
	if (error || site == SITE_NONE || places->sites.list.items[site].resolved)
		return error;
	image = image_of_module(images, places->sites.list.items[site].module);
	return describe_site(image ? image->object : NULL, places, site);
}

struct ptmem_error *names_resolve_place(
	const struct images *images, struct places *places, uint32_t location, uint32_t site)
{
	struct ptmem_error *error = resolve_location(images, places, location);
	const struct image *image;

	if (error || site == SITE_NONE || places->sites.list.items[site].resolved)
		return error;
	image = image_of_module(images, places->sites.list.items[site].module);
	return describe_site(image ? image->object : NULL, places, site);
}

static struct ptmem_error *names_resolve_one(const struct images *images, struct profile *profile)
{
	for (uint32_t i = CALLPATH_ROOT + 1; i < profile->paths.count; i++) {
		struct ptmem_error *error = resolve_location(
			images, profile->places, callpath_at(&profile->paths, i)->location);

		if (error)
			return error;
	}
	return NULL;
}

static bool any_is_expected(const struct images *images)
{
	for (size_t i = 0; i < images->count; i++)
		if (images->items[i].object && object_is_expected(images->items[i].object))
			return true;
	return false;
}

static struct object *object_of_module(const struct images *images, uint32_t module)
{
	const struct image *image = image_of_module(images, module);

	return image ? image->object : NULL;
}

/* What has to be read for it: an address of a function, or none, and one of a call to it. */
struct wanted {
	struct object *objects[2];
	struct file_address addresses[2];
};

static struct wanted wanted_of(
	const struct images *images, const struct places *places, uint32_t index)
{
	const struct location *call = &places->locations.items[index];
	const struct location *location = &places->locations.items[places_function(places, index)];
	struct wanted wanted = {0};
	const struct site *site;

	if (!location->name && location->kind == LOCATION_CODE) {
		wanted.objects[0] = object_of_module(images, location->module);
		wanted.addresses[0] = (struct file_address){location->offset};
	}
	if (call->kind != LOCATION_CALL || call->site == SITE_NONE)
		return wanted;
	site = &places->sites.list.items[call->site];
	if (!site->resolved) {
		wanted.objects[1] = object_of_module(images, site->module);
		wanted.addresses[1] = (struct file_address){site->offset};
	}
	return wanted;
}

static bool takes_long(const struct wanted *wanted)
{
	for (int i = 0; i < 2; i++)
		if (wanted->objects[i] && object_is_large(wanted->objects[i]))
			return true;
	return false;
}

static bool prepare(const struct wanted *wanted, uint64_t until)
{
	for (int i = 0; i < 2; i++)
		if (wanted->objects[i] &&
			!object_prepare(wanted->objects[i], wanted->addresses[i], until))
			return false;
	return true;
}

/* What cannot be had is asked for again, and told of, at the end. A server may be asked for what
 * belongs to a file that is there. */
bool names_resolve_next(const struct images *images, const struct profiles *profiles,
	uint32_t *count, uint64_t until)
{
	struct profile *profile = profiles_first(profiles);
	uint32_t path = CALLPATH_ROOT + 1 + *count, location;
	struct ptmem_error *error;
	struct wanted wanted;
	bool runs = until != UINT64_MAX;

	if (path >= profile->paths.count || any_is_expected(images) ||
		(runs && images->symbols->server))
		return false;
	location = callpath_at(&profile->paths, path)->location;
	wanted = wanted_of(images, profile->places, location);
	if (runs && takes_long(&wanted)) {
		(*count)++;
		return true;
	}
	if (!prepare(&wanted, until))
		return false;
	(*count)++;
	error = resolve_location(images, profile->places, location);
	error_free(error);
	return !error;
}

/* Places that calls were at: their lines. */
static struct ptmem_error *describe_places(const struct images *images, struct places *places)
{
	struct ptmem_error *error = NULL;

	for (uint32_t i = 0; !error && i < places->sites.list.count; i++) {
		const struct site *site = &places->sites.list.items[i];
		const struct image *image = image_of_module(images, site->module);

		if (site->stood_at && !site->resolved)
			error = describe_site(image ? image->object : NULL, places, i);
	}
	return error;
}

struct ptmem_error *names_resolve(const struct images *images, const struct profiles *profiles)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < profiles->count; i++)
		error = names_resolve_one(images, &profiles->items[i]->profile);
	if (!error && profiles->count)
		error = describe_places(images, profiles_first(profiles)->places);
	if (!error && !places_number_instances(profiles_first(profiles)->places))
		error = &error_no_memory;
	return error;
}

static struct ptmem_error *name_locations(
	struct places *places, const struct symbol_options *symbols, struct module_files *files)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < places->locations.count; i++) {
		struct location *location = &places->locations.items[i];

		if (location->kind == LOCATION_CODE && !location->name)
			error = name_location(
				module_files_object(files, location->module), symbols, location);
	}
	return error;
}

static struct ptmem_error *describe_sites(struct places *places, struct module_files *files)
{
	struct ptmem_error *error = NULL;

	for (uint32_t i = 0; !error && i < places->sites.list.count; i++) {
		const struct site *site = &places->sites.list.items[i];

		if (!site->resolved)
			error = describe_site(module_files_object(files, site->module), places, i);
	}
	return error;
}

struct ptmem_error *names_resolve_modules(
	struct profile *profile, const struct symbol_options *symbols)
{
	struct module_files files;
	struct ptmem_error *error = module_files_open(&files, profile->places, symbols);

	if (error)
		return error;
	error = name_locations(profile->places, symbols, &files);
	if (!error)
		error = describe_sites(profile->places, &files);
	if (!error && !places_number_instances(profile->places))
		error = &error_no_memory;
	module_files_close(&files);
	return error;
}
