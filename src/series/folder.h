/*
 * The recordings over time of the working folder, as commands count them: its files
 * mprofile_*.dat, in the order of their names, which is that of time.
 *
 *     0, 1, ...      from the oldest
 *     -1, -2, ...    from the newest
 *     run.dat        any other word is a file's name; so is ./1
 */
#ifndef PTMEM_SERIES_FOLDER_H
#define PTMEM_SERIES_FOLDER_H

#include "base/error.h"
#include "base/vec.h"

#include <stdbool.h>

/* Zeroed is empty. */
struct folder {
	struct VEC(char *) files; /* names in the working folder; owned */
};

/* Files alone: no links, pipes or folders. What is in them is for series_read() to say. */
struct ptmem_error *folder_open(struct folder *folder);
void folder_close(struct folder *folder);

/* Whether the word is an index, and no file's name. */
bool folder_is_index(const char *word);

/*
 * The file that a word of the command line means: one of the folder's, or the word itself,
 * whether there is such a file or not. ERROR_USAGE where there is no such index.
 */
struct ptmem_error *folder_resolve(
	const struct folder *folder, const char *word, const char **path);

/* The newest file of the folder; ERROR_USAGE where there is none. */
struct ptmem_error *folder_newest(const struct folder *folder, const char **path);

#endif
