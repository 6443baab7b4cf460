/* What the user says of names, paths and the places where debug info is kept. */
#ifndef PTMEM_SYMBOL_OPTIONS_H
#define PTMEM_SYMBOL_OPTIONS_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/server.h"

#include <stdbool.h>
#include <stddef.h>

enum demangle_mode {
	DEMANGLE_SHORT, /* without parameters and return types */
	DEMANGLE_FULL,
	DEMANGLE_NO, /* the symbol as the compiler made it */
};

/* A source path that begins with `from`, as whole parts of it, is printed with `to` instead. */
struct path_map {
	char *from, *to;
};

/* Zeroed is: nothing said. */
struct symbol_options {
	enum demangle_mode demangle;
	struct path_maps VEC(struct path_map) path_maps; /* the last that fits counts */
	struct debug_dirs VEC(char *) debug_dirs; /* trees of debug files, before the usual one */
	bool no_usual_dir;                        /* that one is not looked in */
	struct debug_server *server;              /* owned; NULL: none is asked */
	bool server_for_all;                      /* of objects too that nobody named */
};

/* A tree of debug files. A relative path is taken from the folder that we are in. */
struct ptmem_error *symbol_options_add_dir(struct symbol_options *options, const char *dir);

/* The same for several, with colons between, instead of the usual one, unless one is empty: that
 * stands for it. */
struct ptmem_error *symbol_options_add_dirs(struct symbol_options *options, const char *dirs);

/* `OLD=NEW`; ERROR_USAGE for anything else. */
struct ptmem_error *symbol_options_add_map(struct symbol_options *options, const char *map);

/* A source path as it is printed. Takes the path over; to free, NULL when out of memory. */
char *symbol_options_map(const struct symbol_options *options, char *path);

void symbol_options_deinit(struct symbol_options *options);

#endif
