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
#include <stddef.h>

struct search {
	const struct symbol_options *options;
	const char *root; /* "" where it is our own */
	bool no_server;   /* none is asked, whatever the options say */
};

/* Our own root, and nothing said. */
extern const struct search search_ours;

/* A file that was found; the caller closes it by found_file_close(). None has -1 for a descriptor.
 */
struct found_file {
	int fd;
	char *path; /* as it is to be told to the user: without the root */
};

/* A regular file at an absolute path. False where there is none, or no memory. */
bool search_path(const struct search *search, const char *path, struct found_file *found);

/*
 * The trees that debug files are looked for in: those that the user named, which are ours before
 * they are the target's, and then the usual one.
 */
size_t search_tree_count(const struct search *search);

/* The file of this path below a tree. False as above. */
bool search_tree(
	const struct search *search, size_t tree, const char *path, struct found_file *found);

/* That of a build-id, which is in hex, in a tree. The file's own build-id is not checked. */
bool search_tree_build_id(
	const struct search *search, size_t tree, const char *build_id, struct found_file *found);

/* The debug file of a build-id in the first tree that has it, or on a server. Likewise. */
bool search_build_id(const struct search *search, const char *build_id, struct found_file *found);

/* That on a server alone, where one is to be asked. */
bool search_server(const struct search *search, const char *build_id, struct found_file *found);

void found_file_close(struct found_file *found);

#endif
