/*
 * Which functions of a run are listed line by line, and where their source text is: when the run is
 * over, or of a recording.
 */
#ifndef PTMEM_ENGINE_LISTING_H
#define PTMEM_ENGINE_LISTING_H

#include "base/error.h"
#include "engine/image.h"
#include "profile/profiles.h"
#include "symbol/line_selection.h"

/* How many functions are listed where none are named. */
#define LISTING_HEAVIEST 5

/*
 * Chooses among the functions that have lines, whose names must be known: the places have their
 * listings then, instead of those that they had. Names and ranges are marked as used.
 */
struct ptmem_error *listing_choose(
	const struct profiles *profiles, struct line_selection *selection);

/* ERROR_NO_MATCH, with names that are near, for what was asked for and is not there. */
struct ptmem_error *listing_check(
	const struct profiles *profiles, const struct line_selection *selection);

/* Fills in where the listed functions end, and their text: what is known already stays. */
struct ptmem_error *listing_describe(const struct images *images, struct places *places);

/* The same for a recording, by the files of its modules where those are still there. */
struct ptmem_error *listing_describe_modules(
	struct places *places, const struct symbol_options *symbols);

#endif
