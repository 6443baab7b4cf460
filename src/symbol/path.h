/* Paths as text: nothing here looks at the file system. */
#ifndef PTMEM_SYMBOL_PATH_H
#define PTMEM_SYMBOL_PATH_H

/*
 * A path without `.`, `..` and doubled slashes: `/src/./a/../b.c` is `/src/b.c`. What is
 * left of `..` at the root of an absolute path is dropped, before a relative one it stays.
 * To free; NULL when out of memory.
 */
char *path_fold(const char *path);

/* `directory/path`, or `path` alone where it is absolute. To free; NULL when out of memory. */
char *path_join(const char *directory, const char *path);

/* What comes behind the last slash. */
const char *path_last_part(const char *path);

#endif
