/*
 * Whose memory is it: what moved between two readings, divided among the threads that may
 * have moved it.
 *
 * A reading is of the whole process, and is taken where one thread has stopped while the
 * others run on. What moved goes into a pool. The thread that stopped takes from it what
 * the page faults say is its own; the rest waits for the others, which have their stops.
 *
 * Faults and pages mostly match one to one, and then every thread takes exactly its own.
 * If no other thread has taken faults that it has not accounted for, all is the stopped
 * thread's, exactly. Else what does not match is divided so:
 *
 * - Memory went since the last share was taken: there is less, or much less came than the
 *   faults since then should have brought, where they mostly do bring memory. Giving memory
 *   back leaves no trace in any thread's faults; it is the stopped thread's, since a thread
 *   that gave memory back stops soon after, where its call returns.
 * - There is something left from before that does not match, and all that came since does: what
 *   is left stays with those whose faults it was.
 * - There is more memory than faults (huge pages, fault-around), or less without any having
 *   gone (faults that add nothing: a first read, a copy after fork). The thread takes the
 *   part of the pool that its faults are of all faults. So a thread that took none takes
 *   nothing, however often it stops.
 *
 * What was divided by these is counted as ambiguous, once.
 */
#ifndef PTMEM_PROFILE_DIVISION_H
#define PTMEM_PROFILE_DIVISION_H

#include "base/amounts.h"

#include <stdbool.h>
#include <stdint.h>

struct division {
	unsigned columns;
	int64_t page_size;
	bool weighed;         /* a fault comes to a page of column 0: so for rss and anon */
	struct amounts pool;  /* moved, and not yet anybody's */
	struct amounts moved; /* of that, since the last share was taken */
	int64_t expected; /* of column 0, by the faults that others had still to account for then */
	int64_t doubtful; /* how far the pool was off that, counted as ambiguous already */
	int trust;        /* above 0 where faults mostly bring memory */
	uint64_t ambiguous; /* bytes of column 0 that faults did not tell whose they are */
};

void division_init(struct division *division, unsigned columns, int64_t page_size, bool weighed);

/* This much moved since the last reading. */
void division_add(struct division *division, const struct amounts *moved);

/*
 * Whether the faults that the stopped thread took since its last stop explain all that is in
 * the pool: then nobody else needs to be asked, and `others` may be given as 0.
 */
bool division_is_plain(const struct division *division, uint64_t own);

/*
 * Whether faults and memory agree, as far as they can while the others go on. Where they do
 * not, the others may have gone on for long between the reading and the counting: both are
 * worth another look.
 */
bool division_agrees(const struct division *division, uint64_t own, uint64_t others);

/*
 * The share of the thread that stopped. `own` are the faults that it took since its last
 * stop; `others` those of all other threads since theirs, counted after the reading was
 * taken. With none of the others, everything is its own.
 */
struct amounts division_take(struct division *division, uint64_t own, uint64_t others);

/*
 * The same where the others were not asked: no more than its own faults explain. The rest
 * waits for who asks.
 */
struct amounts division_take_own(struct division *division, uint64_t own);

#endif
