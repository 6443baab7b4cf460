/* The ledger of readings. */
#include "profile/ledger.h"

void ledger_start(struct profile *profile, const struct amounts *reading)
{
	profile->balance = (struct balance){.start = *reading, .end = *reading};
}

struct amounts ledger_move(struct profile *profile, const struct amounts *reading)
{
	struct balance *balance = &profile->balance;
	struct amounts moved = *reading;

	amounts_subtract(&moved, &balance->footprint, profile->columns);
	amounts_subtract(&moved, &balance->end, profile->columns);
	amounts_add(&balance->end, &moved, profile->columns);
	return moved;
}

void ledger_own(struct profile *profile, const struct amounts *before, const struct amounts *after)
{
	amounts_add(&profile->balance.footprint, after, profile->columns);
	amounts_subtract(&profile->balance.footprint, before, profile->columns);
}
