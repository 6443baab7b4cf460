/*
 * What grew and what shrank between two profiles, by function or by call path.
 *
 *      Base (MB)   New (MB) Growth (MB)  Change  File:Function
 *     --------------------------------------------------------
 *              2          1          -1  shrunk  /src/app/list.c:list_push
 *          2.586      12.59         +10  grown   /src/app/table.c:table_grow
 */
#ifndef PTMEM_REPORT_DIFF_H
#define PTMEM_REPORT_DIFF_H

#include "base/error.h"
#include "report/report.h"

#include <stdio.h>

/* ERROR_USAGE where the two measured different things: none of the others goes on then. */
struct ptmem_error *diff_check(const struct profile *base, const struct profile *new);

/*
 * Writes the table: amounts as the flat table has them, rows by growth, those that are
 * equal on both sides left out. `options` and `hidden` mean what they mean there, `min` a
 * change of so much, `top` those that changed most, in either direction.
 */
struct ptmem_error *diff_write(const struct profile *base, const struct profile *new,
	const struct report_options *options, FILE *out, struct report_hidden *hidden);

/* The same as a tree of call paths. */
struct ptmem_error *diff_write_tree(const struct profile *base, const struct profile *new,
	const struct report_options *options, FILE *out, struct report_hidden *hidden);

/*
 * A profile whose amounts are those of `new` less those of `base`, path by path, and whose
 * calls and peak are those of `new`. Paths on which nothing changed are not in it. It is
 * initialised by this on success, and profile_deinit() is then due. Fails as above, and
 * when out of memory.
 */
struct ptmem_error *diff_profile(
	const struct profile *base, const struct profile *new, struct profile *growth);

/* The line that ends either. */
struct ptmem_error *diff_write_peak(const struct profile *base, FILE *out);

#endif
