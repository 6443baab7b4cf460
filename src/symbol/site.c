/* What the source says of one place in an object's code. */
#include "symbol/site.h"

#include "symbol/debug_info.h"

#include <stdlib.h>
#include <string.h>

/* Takes over the strings of `from`; false when out of memory. */
static bool take_call(
	const struct object *object, struct debug_call *from, struct object_site *site)
{
	struct inlined_call *call = vec_append(&site->inlined);
	char *name = object_inlined_name(object, &from->function);
	if (!call || !name || object_map_path(object, &from->file) ||
		object_map_path(object, &from->function.file)) {
		site->inlined.count -= call != NULL;
		free(name);
		return false;
	}
	*call = (struct inlined_call){
		.function = {name, from->function.file, from->function.line},
		.file = from->file,
		.line = from->line,
	};
	from->function.file = from->file = NULL;
	return true;
}

struct ptmem_error *object_site(
	struct object *object, struct file_address address, struct object_site *site)
{
	struct debug_site found = {0};
	struct object_site new = {0};
	struct debug_info *debug = object_debug_info(object);
	struct ptmem_error *error = debug ? debug_info_site(debug, address.value, &found) : NULL;
	if (error)
		return error;
	error = object_map_path(object, &found.file);
	new.file = found.file;
	new.line = found.line;
	found.file = NULL;
	for (size_t i = 0; i < found.calls.count && !error; i++)
		error = take_call(object, &found.calls.items[i], &new) ? NULL : &error_no_memory;
	debug_site_deinit(&found);
	if (error)
		object_site_deinit(&new);
	else
		*site = new;
	return error;
}

void object_site_deinit(struct object_site *site)
{
	for (size_t i = 0; i < site->inlined.count; i++) {
		function_source_deinit(&site->inlined.items[i].function);
		free(site->inlined.items[i].file);
	}
	vec_deinit(&site->inlined);
	free(site->file);
	*site = (struct object_site){0};
}
