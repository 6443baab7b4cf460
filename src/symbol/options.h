/* What the user says of names, paths and the places where debug info is kept. */
#ifndef PTMEM_SYMBOL_OPTIONS_H
#define PTMEM_SYMBOL_OPTIONS_H

#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>

enum demangle_mode {
	DEMANGLE_SHORT, /* without parameters and return types */
	DEMANGLE_FULL,
	DEMANGLE_NO, /* the symbol as the compiler made it */
};

/* A source path that begins with `from` is printed with `to` in its place. */
struct path_map {
	char *from, *to;
};

/* Zeroed is: nothing said. */
struct symbol_options {
	enum demangle_mode demangle;
	struct path_maps VEC(struct path_map) path_maps; /* the last that fits counts */
	struct debug_dirs VEC(char *) debug_dirs; /* trees of debug files, before the usual one */
	bool debuginfod;
};

void symbol_options_deinit(struct symbol_options *options);

#endif
