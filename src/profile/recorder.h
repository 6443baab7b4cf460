/*
 * The recording of a run, written while it runs. Blocks of the journal and other records
 * go to a thread that packs and writes them, so that a stop never waits for a disk: where
 * the disk cannot keep up with the blocks there are, the recording ends, and the run goes on.
 */
#ifndef PTMEM_PROFILE_RECORDER_H
#define PTMEM_PROFILE_RECORDER_H

#include "base/error.h"
#include "profile/profile.h"

#include <stdbool.h>

struct recorder;

/*
 * Begins a recording in this file, readable by its owner alone. One of ptmem's that is
 * there is kept as FILE.old; anything else is left alone, unless `force` is given. `run`
 * says what was run: lines of KEY=VALUE. From here on the profile's journal is this one.
 */
struct ptmem_error *recorder_open(const char *path, bool force, const char *run,
	struct profile *profile, struct recorder **recorder);

/*
 * Ends it: the names of the profile's locations, and how the run ended (lines of KEY=VALUE).
 * Frees the recorder in any case; an error says what of the recording is not there.
 */
struct ptmem_error *recorder_close(
	struct recorder *recorder, struct profile *profile, const char *end);

#endif
