/*
 * --funcs, --exclude and --files on a profile that is there already: what a report then
 * shows of it. Totals stay what they are, since nothing is measured again.
 */
#ifndef PTMEM_CLI_FILTER_H
#define PTMEM_CLI_FILTER_H

#include "base/error.h"
#include "cli/options.h"
#include "profile/profiles.h"

#include <stdbool.h>

/* Whether there is anything to do. */
bool filter_is_wanted(const struct options *options);

/* Marks the patterns that match something in the profile as used. */
void filter_match(struct options *options, const struct profile *profile);

/* ERROR_NO_MATCH where a pattern matched nothing, with the nearest names in this profile. */
struct ptmem_error *filter_check(const struct options *options, const struct profile *profile);

/*
 * Leaves out of the profiles what the report, in the options' format, is not to show: for a
 * table the rows that do not match, for a tree the paths on which nothing matches and those
 * through an excluded function. The profiles are good for that report alone.
 */
struct ptmem_error *filter_apply(struct options *options, struct profiles *profiles);

#endif
