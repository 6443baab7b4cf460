/* The ledger of readings. */
#include "profile/ledger.h"

#include "profile/journal.h"

void ledger_start(struct profile *profile, const struct amounts *reading)
{
	profile->balance = (struct balance){.start = *reading, .end = *reading};
	if (profile->lines)
		profile->lines->held = reading->bytes[0];
	if (profile->journal)
		journal_start(profile->journal, profile, reading);
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
	struct amounts own = *after;

	amounts_subtract(&own, before, profile->columns);
	amounts_add(&profile->balance.footprint, &own, profile->columns);
	if (profile->journal && !amounts_are_zero(&own, profile->columns))
		journal_own(profile->journal, profile, &own);
}
