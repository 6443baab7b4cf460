/*
 * The ledger: every reading of the target's memory goes through here, so that what is
 * charged always sums to what moved.
 */
#ifndef PTMEM_PROFILE_LEDGER_H
#define PTMEM_PROFILE_LEDGER_H

#include "profile/profile.h"

/* The first reading: nothing has moved yet. */
void ledger_start(struct profile *profile, const struct amounts *reading);

/* What moved since the reading before; somebody must be charged with it. */
struct amounts ledger_move(struct profile *profile, const struct amounts *reading);

/*
 * ptmem wrote to the target between these two readings, and what it added is its own:
 * taken out of every reading from now on.
 */
void ledger_own(struct profile *profile, const struct amounts *before, const struct amounts *after);

#endif
