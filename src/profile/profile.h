/*
 * All that a run measured, and all that a report prints from: what was run, the modules,
 * the locations with their names, the trie of call paths, and the ledger's sums. It knows
 * nothing of processes or DWARF: the engine fills the numbers in, and whoever can read
 * symbols fills the names in when the run is over.
 *
 * The profile owns every string in it.
 */
#ifndef PTMEM_PROFILE_PROFILE_H
#define PTMEM_PROFILE_PROFILE_H

#include "base/amounts.h"
#include "base/map.h"
#include "base/metric.h"
#include "base/vec.h"
#include "profile/callpath.h"

#include <stdbool.h>
#include <stdint.h>

/* An ELF object that was mapped into the target. */
struct module {
	char *path;
	char *build_id; /* in hex; NULL where it has none */
};

enum location_kind {
	LOCATION_CODE,    /* a function: (module, offset) */
	LOCATION_BRACKET, /* memory of no watched call: `[startup]`, `[unwatched]`, ... */
	LOCATION_THREAD,  /* a thread's root */
};

struct journal;

struct location {
	enum location_kind kind;
	uint32_t module; /* code */
	uint64_t offset; /* code: address in the module's file; thread: its ordinal from 1 */
	char *symbol;    /* code: as in the symbol table */

	/* Filled in when the run is over; as hostile as the file they are from. */
	char *name;   /* never NULL once resolved; brackets and threads have it from the start */
	char *file;   /* absolute path, or NULL where debug info does not say */
	int line;     /* declaration, or 0 */
	char *source; /* the text of that line, in a recording; NULL where it is not known */
};

/* Where a run's memory went; every value is in bytes, a column per metric. */
struct balance {
	struct amounts start;     /* when ptmem had planted and nothing had run */
	struct amounts end;       /* the last reading */
	struct amounts footprint; /* pages that ptmem itself made, in neither of the two */
};

struct profile {
	enum metric metric;
	unsigned columns;
	struct VEC(struct module) modules;
	struct VEC(struct location) locations;
	struct map location_of; /* hash of (module, offset) to location */
	struct callpath_trie paths;
	struct journal *journal; /* where all that happens is written to; NULL: nowhere */
	struct balance balance;
	int64_t peak; /* VmHWM in bytes: the highest resident memory of the process */
};

/* False when out of memory; profile_deinit() is due either way. */
bool profile_init(struct profile *profile, enum metric metric);
void profile_deinit(struct profile *profile);

/* A new module (strings are copied, build_id may be NULL); UINT32_MAX when out of memory. */
uint32_t profile_add_module(struct profile *profile, const char *path, const char *build_id);

/* The location of a function, made if need be; UINT32_MAX when out of memory. */
uint32_t profile_code_location(
	struct profile *profile, uint32_t module, uint64_t offset, const char *symbol);

/* The location of a bracketed row, by its name without brackets; UINT32_MAX as above. */
uint32_t profile_bracket_location(struct profile *profile, const char *name);

/* A new location for a thread's root; UINT32_MAX as above. */
uint32_t profile_thread_location(struct profile *profile, uint64_t ordinal, const char *name);

/* A location's name, replaced; false when out of memory. */
bool profile_rename(struct profile *profile, uint32_t location, const char *name);

#endif
