/* The files of a recording's modules. */
#include "engine/module_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

struct ptmem_error *module_files_open(struct module_files *files, const struct places *places,
	const struct symbol_options *symbols)
{
	*files = (struct module_files){
		.places = places, .symbols = symbols, .count = places->modules.count};
	files->items = calloc(files->count + 1, sizeof *files->items);
	return files->items ? NULL : &error_no_memory;
}

struct object *module_files_object(struct module_files *files, uint32_t module)
{
	struct module_file *file = &files->items[module];

	if (!file->tried)
		module_file_open(file, &files->places->modules.items[module], files->symbols);
	return file->object;
}

void module_files_close(struct module_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		module_file_close(&files->items[i]);
	free(files->items);
}
