/* A recording, as a command works with it: played, with all the names that can be found, and
 * as reports take it. */
#ifndef PTMEM_CLI_LOAD_H
#define PTMEM_CLI_LOAD_H

#include "base/error.h"
#include "profile/profiles.h"
#include "symbol/options.h"

#include <stdbool.h>

/*
 * `symbols` say where names are looked for that it lacks. Says on standard error where the
 * recording was cut, and in *cut whether it was; `cut` may be NULL. profiles_deinit() is due on
 * success; errors are those of recording_play().
 */
struct ptmem_error *load_recording(const char *path, const struct symbol_options *symbols,
	struct profiles *profiles, bool *cut);

/* The same with all processes as one: the only profile there is. */
struct ptmem_error *load_total(
	const char *path, const struct symbol_options *symbols, struct profiles *profiles);

/* Whether a file begins as recordings do; whatever cannot be read does not. */
bool load_is_recording(const char *path);

#endif
