/*
 * The files of a recording's modules, where they are still there: opened where the first thing in
 * them wants to be known, and taken only if the build-id is the recorded one.
 */
#ifndef PTMEM_ENGINE_MODULE_FILES_H
#define PTMEM_ENGINE_MODULE_FILES_H

#include "base/error.h"
#include "profile/places.h"
#include "symbol/object.h"

/* No object where it is not there, or is another one now. */
struct module_file {
	bool tried;
	int fd;
	struct object *object;
};

struct module_files {
	const struct places *places;
	const struct symbol_options *symbols;
	struct module_file *items;
	size_t count;
};

/* Opens none yet. The places and symbols must stay; no module is added meanwhile. */
struct ptmem_error *module_files_open(struct module_files *files, const struct places *places,
	const struct symbol_options *symbols);
void module_files_close(struct module_files *files);

/* The object of a module, or NULL; it lives until all are closed. */
struct object *module_files_object(struct module_files *files, uint32_t module);

#endif
