/*
 * A file of budgets: how much memory each function may add.
 *
 *     # what the loader may take
 *     table_grow          10 MB
 *     cache_*,pool_*      512kB     # for each of them
 *     [startup]           4 MB
 *     *                   64 MB     # everything else
 *
 * A line is patterns as --funcs takes them, and a limit in kB, MB or GB (MB without a
 * unit; 1 MB is 1,048,576 bytes). The first line with a pattern that matches a function's
 * name decides. A name in brackets is the row of that name and nothing else, and no
 * pattern matches such a row. A comment begins with `#`, at the start of a line or after a
 * blank; blank lines are nothing.
 */
#ifndef PTMEM_REPORT_BUDGETS_H
#define PTMEM_REPORT_BUDGETS_H

#include "base/error.h"
#include "base/vec.h"
#include "profile/places.h"
#include "symbol/pattern.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget {
	char *text; /* the patterns, as they stand there */
	struct pattern_list patterns;
	int64_t limit; /* bytes: so much is still within */
	size_t line;   /* from 1 */
	bool used;     /* some function has a name that it matches */
};

/* Zeroed is empty. */
struct budgets {
	char *path;
	struct VEC(struct budget) list;
};

/*
 * Reads a file of at most 1 MB. ERROR_FORMAT names the file and the line that is wrong. On
 * success budgets_deinit() is due.
 */
struct ptmem_error *budgets_read(const char *path, struct budgets *budgets);

/* The same on text that is there already; `path` is for messages. */
struct ptmem_error *budgets_parse(
	const char *path, const char *text, size_t length, struct budgets *budgets);
void budgets_deinit(struct budgets *budgets);

/*
 * The budget of a function by its name, or of a bracket by its name without brackets; NULL where
 * there is none. What names a function is for it where it was inlined as well.
 */
const struct budget *budgets_find(
	struct budgets *budgets, const char *name, enum location_kind kind);

#endif
