/*
 * All that was measured of one process, and all that a report prints from: the places with
 * their names, the trie of call paths, and the ledger's sums. It knows nothing of ptrace or
 * DWARF: the engine fills the numbers in, and whoever can read symbols fills the names in
 * when the run is over.
 */
#ifndef PTMEM_PROFILE_PROFILE_H
#define PTMEM_PROFILE_PROFILE_H

#include "base/amounts.h"
#include "base/metric.h"
#include "profile/callpath.h"
#include "profile/lines.h"
#include "profile/marks.h"
#include "profile/places.h"

#include <stdbool.h>
#include <stdint.h>

struct journal;

#define BRACKET_NONE UINT32_MAX

/* Where a run's memory went; every value is in bytes, a column per metric. */
struct balance {
	struct amounts start;     /* when ptmem had planted and nothing had run */
	struct amounts end;       /* the last reading */
	struct amounts footprint; /* pages that ptmem itself made, in neither of the two */
};

struct profile {
	enum metric metric;
	unsigned columns;
	struct places *places; /* with others of the run */
	struct callpath_trie paths;
	struct lines *lines;     /* line by line; NULL: that is not kept */
	uint32_t outside;        /* the bracket that is charged with all, or BRACKET_NONE */
	bool sites_over;         /* no call path is added for a site's sake any more */
	struct journal *journal; /* where all that happens is written to; NULL: nowhere */
	struct mark_list marks;
	struct balance balance;
	int64_t peak; /* VmHWM in bytes: the highest resident memory of the process */
};

/* False when out of memory; profile_deinit() is due either way. */
bool profile_init(struct profile *profile, enum metric metric);

/* The same for another process of the run: it shares the places, and has the same metric and lines
 * of its own where that has. */
bool profile_init_beside(struct profile *profile, const struct profile *other);
void profile_deinit(struct profile *profile);

/* The process passes a mark of its program's; what moved until now has been charged. */
void profile_pass(struct profile *profile, const char *mark);

/* Before anything happens in it: from here on lines are kept. False when out of memory. */
bool profile_keep_lines(struct profile *profile);

#endif
