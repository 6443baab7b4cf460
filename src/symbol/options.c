/* What the user says of names, paths and the places where debug info is kept. */
#include "symbol/options.h"

#include <stdlib.h>

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
}
