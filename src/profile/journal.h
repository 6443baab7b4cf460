/*
 * The journal of a process: everything that its profile is built from, in the order in which it
 * happened, as bytes (recording.h has the form). Played back through the same functions it
 * makes the same profile.
 *
 * Writing is a few bytes into a block; whoever owns the journal takes a block when it is
 * full. A journal that runs out of memory, or of blocks, is closed; the run goes on.
 */
#ifndef PTMEM_PROFILE_JOURNAL_H
#define PTMEM_PROFILE_JOURNAL_H

#include "base/amounts.h"
#include "base/map.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct profile;

#define JOURNAL_BLOCK (64 * 1024)

/* ms after which a block is handed over that is not full yet, at the next operation. */
#define JOURNAL_PERIOD 1000

/* Longer names and paths are cut to this. */
#define JOURNAL_STRING_MAX (16 * 1024)

struct journal {
	uint8_t *block; /* of JOURNAL_BLOCK bytes */
	size_t used;

	/* Takes the block, and gives one to go on with; NULL closes the journal. */
	uint8_t *(*full)(void *owner, uint8_t *block, size_t used);
	void *owner;
	uint64_t (*clock)(void); /* ms; NULL: no times */
	uint64_t time;
	uint64_t flushed; /* when the last block was handed over */
	uint32_t thread;  /* whose operations these are */
	uint32_t threads;
	struct VEC(uint32_t) over; /* numbers of threads that ended, for those that begin */
	struct map ids, modules;   /* the profile's locations and modules as numbered here */
	struct map sites;          /* the same for those that a call was at */
	struct map instances;      /* objects, likewise */
	uint32_t locations, calls; /* that have a number: LOCATION_CALL have theirs apart */
	bool closed;
};

/* Takes over a block that full() would give. */
void journal_init(struct journal *journal, uint8_t *block);
void journal_deinit(struct journal *journal);

/* The number of a new thread. */
uint32_t journal_begin_thread(
	struct journal *journal, const struct profile *profile, uint32_t root, uint32_t idle);

/* No call is under way in it; nothing more happens in it. */
void journal_end_thread(struct journal *journal, uint32_t thread);
void journal_rename_thread(struct journal *journal, uint32_t thread, const char *name);
void journal_idle(
	struct journal *journal, const struct profile *profile, uint32_t thread, uint32_t idle);
void journal_moved(struct journal *journal, const struct profile *profile, uint32_t thread,
	const struct amounts *moved);
/* The same, and it is no call's doing: a bracket is charged. */
void journal_moved_aside(struct journal *journal, const struct profile *profile, uint32_t thread,
	uint32_t bracket, const struct amounts *moved);
void journal_enter(
	struct journal *journal, const struct profile *profile, uint32_t thread, uint32_t location);

/* The innermost call is at a site of the places; `statement`: it begins one. */
void journal_at(struct journal *journal, const struct profile *profile, uint32_t thread,
	uint32_t site, bool statement);

/* A mark is passed, by its number; by its name as well where it is a new one, else NULL. */
void journal_mark(struct journal *journal, uint32_t mark, const char *name);

/* From here on no new call path gets a site. */
void journal_sites_over(struct journal *journal);
void journal_leave(struct journal *journal, uint32_t thread);
void journal_start(
	struct journal *journal, const struct profile *profile, const struct amounts *start);
void journal_own(struct journal *journal, const struct profile *profile, const struct amounts *own);

/* Hands over what has not been handed over. */
void journal_flush(struct journal *journal);

/*
 * The same, and closes it: it has no block any more, but still knows its numbers. False where
 * something that was written is lost.
 */
bool journal_finish(struct journal *journal);

/* For what is told when the run is over: the number of a location; MAP_NONE: it has none. */
uint32_t journal_id(const struct journal *journal, uint32_t location);

/* The same for a site that a call was at. */
uint32_t journal_site(const struct journal *journal, uint32_t site);
/* The same for an object. */
uint32_t journal_instance(const struct journal *journal, uint32_t instance);

#endif
