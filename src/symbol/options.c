/* What the user says of names, paths and the places where debug info is kept. */
#include "symbol/options.h"

#include "symbol/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Takes the path over. */
static struct ptmem_error *keep_dir(struct symbol_options *options, char *path)
{
	char **new = path ? vec_append(&options->debug_dirs) : NULL;

	if (!new) {
		free(path);
		return &error_no_memory;
	}
	*new = path;
	return NULL;
}

struct ptmem_error *symbol_options_add_dir(struct symbol_options *options, const char *dir)
{
	char *here = *dir == '/' ? strdup("") : getcwd(NULL, 0);
	char *path = path_join(here ? here : ".", dir);

	free(here);
	return keep_dir(options, path);
}

struct ptmem_error *symbol_options_add_dirs(struct symbol_options *options, const char *dirs)
{
	struct ptmem_error *error = NULL;

	options->no_usual_dir = true;
	for (const char *end; !error && dirs; dirs = *end ? end + 1 : NULL) {
		size_t length = strcspn(dirs, ":");
		char *dir = strndup(dirs, length);

		end = dirs + length;
		if (!dir)
			return &error_no_memory;
		if (length)
			error = symbol_options_add_dir(options, dir);
		else
			options->no_usual_dir = false;
		free(dir);
	}
	return error;
}

/* Without the slashes it ends with: a part is whole where another begins, or the path ends. */
static char *copy_prefix(const char *text, size_t length)
{
	while (length && text[length - 1] == '/')
		length--;
	return strndup(text, length);
}

struct ptmem_error *symbol_options_add_map(struct symbol_options *options, const char *map)
{
	size_t length = strcspn(map, "=");
	struct path_map new;
	struct path_map *place;

	if (!length || !map[length])
		return error_new(
			ERROR_USAGE, "'%s' is not OLD=NEW: give e.g. /build/app=/src/app", map);
	new.from = copy_prefix(map, length);
	new.to = copy_prefix(map + length + 1, strlen(map + length + 1));
	place = new.from &&new.to ? vec_append(&options->path_maps) : NULL;
	if (!place) {
		free(new.from);
		free(new.to);
		return &error_no_memory;
	}
	*place = new;
	return NULL;
}

char *symbol_options_map(const struct symbol_options *options, char *path)
{
	for (size_t i = options->path_maps.count; i-- > 0;) {
		const struct path_map *map = &options->path_maps.items[i];
		size_t length = strlen(map->from);
		char *mapped;

		if (strncmp(path, map->from, length) || (path[length] && path[length] != '/'))
			continue;
		if (asprintf(&mapped, "%s%s", map->to, path + length) < 0)
			mapped = NULL;
		free(path);
		return mapped;
	}
	return path;
}

void symbol_options_deinit(struct symbol_options *options)
{
	for (size_t i = 0; i < options->path_maps.count; i++) {
		free(options->path_maps.items[i].from);
		free(options->path_maps.items[i].to);
	}
	vec_deinit(&options->path_maps);
	for (size_t i = 0; i < options->debug_dirs.count; i++)
		free(options->debug_dirs.items[i]);
	vec_deinit(&options->debug_dirs);
	debug_server_destroy(options->server);
	options->server = NULL;
}
