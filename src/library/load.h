/* A recording as reports take it: played, with all the names that can be found. */
#ifndef PTMEM_LIBRARY_LOAD_H
#define PTMEM_LIBRARY_LOAD_H

#include "base/error.h"
#include "profile/profiles.h"
#include "profile/replay.h"
#include "symbol/options.h"

/*
 * `symbols` say where names are looked for that it lacks. profiles_deinit() and recording_deinit()
 * are due on success; errors are those of recording_play().
 */
struct ptmem_error *recording_load(const char *path, const struct symbol_options *symbols,
	struct profiles *profiles, struct recording *recording);

#endif
