/*
 * Which source line a spot (lines.h) stands for. Where functions were inlined it is one line in
 * each of them: for the function whose code it is the line of the outermost call, and so on
 * inwards.
 */
#ifndef PTMEM_PROFILE_LINE_PLACES_H
#define PTMEM_PROFILE_LINE_PLACES_H

#include "profile/places.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <stdint.h>

struct line_place {
	uint32_t file; /* of the places, or FILE_NONE */
	int line;      /* or 0 */
	size_t level; /* 0: of the function itself; else so many functions were inlined around it */
};

/* How many functions the spot is in: its own, and those that were inlined there. */
size_t line_place_levels(const struct places *places, const struct line_spot *spot);

/* The function at one level, as a location: code for level 0, else inlined. */
uint32_t line_place_function(
	const struct places *places, const struct line_spot *spot, size_t level);

/* Its line there. */
struct line_place line_place_at(
	const struct places *places, const struct line_spot *spot, size_t level);

/*
 * The innermost level whose function is one of these (by location); false where none is. Of a
 * function that was inlined into itself that is where it stands.
 */
bool line_place_find(const struct places *places, const struct line_spot *spot, const bool *members,
	struct line_place *place);

/* Whether two spots are in one and the same inlined call, as far as can be told. */
bool line_place_same_call(const struct places *places, const struct line_spot *one,
	const struct line_place *at, const struct line_spot *other, const struct line_place *there);

#endif
