/*
 * What a recording's records come to: the journal of each process played through the same
 * functions that wrote it. Everything that a record says is checked before it is used; a record
 * that cannot be right ends the play, with what was there before it.
 */
#ifndef PTMEM_PROFILE_PLAYER_H
#define PTMEM_PROFILE_PLAYER_H

#include "base/strbuf.h"
#include "base/vec.h"
#include "profile/profile.h"
#include "profile/shadow.h"
#include "profile/site_record.h"
#include "profile/texts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct player;

/*
 * Told of memory that moved, in column 0, after it was charged to a path; of the first reading with
 * CALLPATH_NONE for the path, and when the process is over with 0 bytes; and of marks that are
 * passed, which are the profile's. False: out of memory.
 */
struct play_watcher {
	bool (*moved)(void *owner, const struct player *player, uint32_t path, int64_t bytes);
	bool (*passed)(void *owner, const struct player *player, uint32_t mark);
	void *owner;
};

/* What the players of a file have in common; zeroed at first. */
struct play {
	const struct play_watcher *watcher; /* or NULL */
	bool dry;                           /* only looks for the peaks */
	bool no_memory;
	uint64_t paths;       /* of all profiles together, but the one that is played right now */
	int64_t moved;        /* in either direction, all columns and processes together */
	struct texts modules; /* by path and build-id */
};

struct player {
	struct play *play;
	struct profile *profile;
	size_t number; /* of its process */
	uint64_t stop; /* plays no operation from this one on */
	bool ended;    /* no record comes any more */
	bool has_moved;
	uint64_t operations;
	uint64_t time; /* ms since 1970 */
	int64_t held, peak;
	uint64_t peak_operation; /* the one after the highest memory */
	uint32_t thread;
	struct VEC(struct shadow_stack *) threads; /* NULL where one is over */
	struct VEC(uint32_t) over;                 /* the numbers of those */
	struct VEC(uint32_t) locations;            /* the profile's, by their number in the file */
	struct VEC(uint32_t) modules;
	struct VEC(uint32_t) calls; /* locations as well: of calls from sites */
	struct VEC(uint32_t) sites; /* that calls were at */
	struct site_names site_names, place_names;
	struct VEC(uint32_t) instances; /* the profile's, by their number in the file */
	uint32_t heap;                  /* that they are in, and 1; 0: not yet */
};

void play_deinit(struct play *play);

/* The profile is that of a process, with nothing in its paths. */
void player_init(struct player *player, struct play *play, struct profile *profile, uint64_t stop);
void player_deinit(struct player *player);

/* What a record that cannot be right is said to be. */
extern const char player_nonsense[];

/* Each takes a record and says what is wrong with it, or NULL. */
const char *player_stream(struct player *player, const uint8_t *bytes, size_t size);
const char *player_names(struct player *player, const uint8_t *bytes, size_t size);
const char *player_sites(struct player *player, const uint8_t *bytes, size_t size);
const char *player_spans(struct player *player, const uint8_t *bytes, size_t size);
const char *player_places(struct player *player, const uint8_t *bytes, size_t size);
const char *player_instances(struct player *player, const uint8_t *bytes, size_t size);

/* The profile's location of this number and kind, or of a call as it is made from somewhere;
 * UINT32_MAX where there is none such. */
uint32_t player_location(const struct player *player, uint64_t number, enum location_kind kind);
uint32_t player_call(const struct player *player, uint64_t number);

/* There is no more: ends the calls that are under way. */
void player_end(struct player *player, const struct strbuf *end);

#endif
