/*
 * Several profiles in one: ranks of an MPI job, processes of a tree.
 */
#ifndef PTMEM_PROFILE_MERGE_H
#define PTMEM_PROFILE_MERGE_H

#include "base/error.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Adds another profile to this one by call path. Locations are the same where they print the
 * same: by file, line and name, or by the object's path and the name where there is no
 * file. Threads are the same where they have one name and as many of that name began before
 * them. Amounts, calls and balances add up. The peak is the largest of any one process,
 * since nothing says that they had theirs at the same time.
 *
 * Both must have names for their locations already, and be as inlines_show() makes them. `into` is
 * for reports from then on, not for a run to go on with.
 *
 * ERROR_USAGE where they measured different metrics, with nothing changed; when out of
 * memory, `into` is good for profile_deinit() only.
 */
struct ptmem_error *profile_merge(struct profile *into, const struct profile *from);

/* For what merges as well and knows which location of `into` is which. */

/* One node, below this parent; where that is in *to. False when out of memory. */
bool merge_node(struct profile *into, uint32_t parent, uint32_t location,
	const struct profile *from, uint32_t node, uint32_t *to);

/* The balance and the peak. */
void merge_balance(struct profile *into, const struct profile *from);

#endif
