/*
 * Patterns on names and paths, as the user gives them: globs (fnmatch(3) without flags),
 * repeated options and commas both separate. A comma inside (), <>, [] or {} belongs to
 * the pattern, since C++ names have them.
 */
#ifndef PTMEM_SYMBOL_PATTERN_H
#define PTMEM_SYMBOL_PATTERN_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct pattern {
	char *text;
	bool used; /* it matched something; set by the matching functions */
};

/* Zeroed is empty. */
struct pattern_list {
	struct pattern *items;
	size_t count, capacity;
};

/* Splits one option's value and adds what is in it; ERROR_USAGE for an empty pattern. */
struct ptmem_error *pattern_list_add(struct pattern_list *list, const char *value);
void pattern_list_deinit(struct pattern_list *list);

/*
 * Whether any pattern matches a function's printed name. A pattern without `(` or `::`
 * also matches the bare last part: `grow` finds `app::Table<int>::grow`. Every pattern
 * that matches is marked used, not only the first.
 */
bool pattern_list_matches_name(struct pattern_list *list, const char *name);

/*
 * The same for a function that was inlined: `grow [inlined]`, as it prints, matches it too, where
 * in a glob the brackets would stand for one character.
 */
bool pattern_list_matches_inlined(struct pattern_list *list, const char *name);

/* Whether any pattern matches a source file's path, or its last part. Marks as above. */
bool pattern_list_matches_path(struct pattern_list *list, const char *path);

/* The first pattern that never matched anything; NULL where all did. */
const struct pattern *pattern_list_unused(const struct pattern_list *list);

/* The bare last part of a printed name: its start within it, its length in *length. */
const char *name_last_part(const char *name, size_t *length);

/*
 * Keeps the up to `capacity` names nearest to a pattern that matched nothing: offer every
 * name there is, then read `names`. Nearness is edit distance on bare last parts, ignoring
 * case; names too far away are never kept.
 */
#define NEAREST_NAMES 3
struct nearest {
	const char *pattern; /* not owned */
	char *names[NEAREST_NAMES];
	size_t distance[NEAREST_NAMES];
	size_t count;
};

void nearest_init(struct nearest *nearest, const char *pattern);
void nearest_offer(struct nearest *nearest, const char *name);
void nearest_deinit(struct nearest *nearest);

/* `: the nearest are table_grow, table_free`, or "" where none is kept. To free. */
char *nearest_phrase(const struct nearest *nearest);

#endif
