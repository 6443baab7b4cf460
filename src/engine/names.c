/* Names for what a run found. */
#include "engine/names.h"

#include <stdlib.h>
#include <string.h>

static const struct image *image_of_module(const struct images *images, uint32_t module)
{
	for (size_t i = 0; i < images->count; i++)
		if (images->items[i].module == module)
			return &images->items[i];
	return NULL;
}

static struct ptmem_error *name_location(const struct images *images, struct location *location)
{
	const struct image *image = image_of_module(images, location->module);
	const struct function *function =
		image ? object_function_at(image->object, (struct file_address){location->offset})
		      : NULL;
	struct function_source source;
	struct ptmem_error *error;

	if (!function) {
		location->name = strdup("?");
		return location->name ? NULL : &error_no_memory;
	}
	error = object_function_source(image->object, function, &source);
	if (error)
		return error;
	location->name = source.name;
	location->file = source.file;
	location->line = source.line;
	return NULL;
}

struct ptmem_error *names_resolve(const struct images *images, struct profile *profile)
{
	for (uint32_t i = CALLPATH_ROOT + 1; i < profile->paths.count; i++) {
		uint32_t index = callpath_at(&profile->paths, i)->location;
		struct location *location = &profile->locations.items[index];
		struct ptmem_error *error;

		if (location->name)
			continue;
		error = name_location(images, location);
		if (error)
			return error;
	}
	return NULL;
}
