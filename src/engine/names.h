/* Names for what a run found, looked up when it is over, or in a recording of it. */
#ifndef PTMEM_ENGINE_NAMES_H
#define PTMEM_ENGINE_NAMES_H

#include "base/error.h"
#include "engine/image.h"
#include "profile/profiles.h"

/*
 * Fills in names, files and lines of the locations that occur in the profiles' paths, and what the
 * sites of their calls are.
 */
struct ptmem_error *names_resolve(const struct images *images, const struct profiles *profiles);

/* One of those of the first profile, while all runs on: the next one after so many, or none where
 * it would take long. False where there is no more, it cannot be had, would have to be waited for,
 * or is not done when it is so late: then it goes on there the next time. UINT64_MAX: nothing runs
 * any more. */
bool names_resolve_next(const struct images *images, const struct profiles *profiles,
	uint32_t *count, uint64_t until);

/* The same of one function and of a place in the code (or SITE_NONE), while all runs on. */
struct ptmem_error *names_resolve_place(
	const struct images *images, struct places *places, uint32_t location, uint32_t site);

/*
 * The same, of all that there is, for a profile without its images: each module is looked for at
 * its path, and read if it is still the file that ran, which its build-id says. Where it is not
 * there, a function's name is what its symbol says. Names that are there stay.
 */
struct ptmem_error *names_resolve_modules(
	struct profile *profile, const struct symbol_options *symbols);

#endif
