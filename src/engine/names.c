/* Names for what a run found. */
#include "engine/names.h"

#include "symbol/demangle.h"
#include "symbol/site.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

struct ptmem_error *names_resolve(const struct images *images, const struct profiles *profiles)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < profiles->count; i++)
		error = names_resolve_one(images, &profiles->items[i]->profile);
	return error;
}

/* A module of a profile as a file: no object where it is not there, or is another one now. */
struct module_file {
	bool tried;
	int fd;
	struct object *object;
};

static bool is_same_build(const struct module *module, const struct object *object)
{
	char *build_id = object_build_id(object);
	bool same = build_id && module->build_id && !strcmp(build_id, module->build_id);

	free(build_id);
	return same;
}

/* A path in a recording may be of anything: nothing but a file is opened to be read. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat file;

	if (fd < 0 || (!fstat(fd, &file) && S_ISREG(file.st_mode)))
		return fd;
	close(fd);
	return -1;
}

static void module_file_close(struct module_file *file)
{
	if (!file->tried)
		return;
	object_close(file->object);
	file->object = NULL;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

static void module_file_open(
	struct module_file *file, const struct module *module, const struct symbol_options *symbols)
{
	const struct search search = {.options = symbols, .root = ""};
	struct ptmem_error *error = NULL;

	file->tried = true;
	file->fd = module->build_id ? open_file(module->path) : -1;
	if (file->fd >= 0)
		error = object_open(module->path, file->fd, &search, &file->object);
	if (error || !file->object || !is_same_build(module, file->object))
		module_file_close(file);
	error_free(error);
}

/* A file is opened where the first thing in it wants to be known. */
static struct object *module_object(const struct places *places,
	const struct symbol_options *symbols, struct module_file *files, uint32_t module)
{
	struct module_file *file = &files[module];

	if (!file->tried)
		module_file_open(file, &places->modules.items[module], symbols);
	return file->object;
}

static struct ptmem_error *name_locations(
	struct places *places, const struct symbol_options *symbols, struct module_file *files)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < places->locations.count; i++) {
		struct location *location = &places->locations.items[i];

		if (location->kind == LOCATION_CODE && !location->name)
			error = name_location(
				module_object(places, symbols, files, location->module), symbols,
				location);
	}
	return error;
}

static struct ptmem_error *describe_sites(
	struct places *places, const struct symbol_options *symbols, struct module_file *files)
{
	struct ptmem_error *error = NULL;

	for (uint32_t i = 0; !error && i < places->sites.list.count; i++) {
		const struct site *site = &places->sites.list.items[i];

		if (!site->resolved)
			error = describe_site(
				module_object(places, symbols, files, site->module), places, i);
	}
	return error;
}

struct ptmem_error *names_resolve_modules(
	struct profile *profile, const struct symbol_options *symbols)
{
	struct module_file *files = calloc(profile->places->modules.count + 1, sizeof *files);
	struct ptmem_error *error;

	if (!files)
		return &error_no_memory;
	error = name_locations(profile->places, symbols, files);
	if (!error)
		error = describe_sites(profile->places, symbols, files);
	for (size_t i = 0; i < profile->places->modules.count; i++)
		module_file_close(&files[i]);
	free(files);
	return error;
}
