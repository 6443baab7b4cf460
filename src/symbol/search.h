/*
 * Where debug info lies that is not in the object itself: trees of files by build-id, files
 * named by other files, a debuginfod server.
 *
 * A target may have another root than we have. Its files are found below `root`
 * ("/proc/PID/root"), our own where that has none.
 */
#ifndef PTMEM_SYMBOL_SEARCH_H
#define PTMEM_SYMBOL_SEARCH_H

#include "symbol/options.h"

#include <stdbool.h>

struct search {
	const struct symbol_options *options;
	const char *root; /* "" where it is our own */
};

/* Our own root, and nothing said. */
extern const struct search search_ours;

/* A file that was found; the caller closes it by found_file_close(). */
struct found_file {
	int fd;
	char *path; /* as it is to be told to the user: without the root */
};

/* A regular file at an absolute path. False where there is none, or no memory. */
bool search_path(const struct search *search, const char *path, struct found_file *found);

/* The debug file of a build-id, which is in hex. The file's own build-id is not checked. */
bool search_build_id(const struct search *search, const char *build_id, struct found_file *found);

void found_file_close(struct found_file *found);

#endif
