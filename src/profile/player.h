/*
 * What a recording's records come to: the journal played through the same functions that
 * wrote it. Everything that a record says is checked before it is used; a record that
 * cannot be right ends the play, with what was there before it.
 */
#ifndef PTMEM_PROFILE_PLAYER_H
#define PTMEM_PROFILE_PLAYER_H

#include "base/strbuf.h"
#include "base/vec.h"
#include "profile/profile.h"
#include "profile/shadow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct player {
	struct profile *profile;
	bool dry;      /* only looks for the peak */
	uint64_t stop; /* plays no operation from this one on */
	bool begun;    /* the profile is initialised */
	bool no_memory;
	uint64_t operations;
	uint64_t time; /* ms since 1970 */
	int64_t held, peak;
	int64_t moved;           /* in either direction, all columns together */
	uint64_t peak_operation; /* the one after the highest memory */
	uint32_t thread;
	struct VEC(struct shadow_stack *) threads;
	struct VEC(uint32_t) locations; /* the profile's, by their number in the file */
	struct VEC(uint32_t) modules;
};

void player_init(struct player *player, struct profile *profile, bool dry, uint64_t stop);
void player_deinit(struct player *player);

/* Each takes a record and says what is wrong with it, or NULL. */
const char *player_begin(struct player *player, const struct strbuf *run);
const char *player_stream(struct player *player, const uint8_t *bytes, size_t size);
const char *player_names(struct player *player, const uint8_t *bytes, size_t size);

/* There is no more: ends the calls that are under way. */
void player_end(struct player *player, const struct strbuf *end);

#endif
