/*
 * The recording of a run, written while it runs; of one process or several. Blocks of their
 * journals and other records go to a thread that packs and writes them, so that a stop
 * never waits for a disk: where the disk cannot keep up with the blocks there are, the
 * recording of a process ends, and the run goes on.
 *
 *     recorder_open()       the file and its thread
 *     recorder_begin()      a process begins
 *     recorder_leave()      it is over; its block is free
 *     recorder_end()        when the run is over: names, and how the process ended
 *     recorder_close()
 */
#ifndef PTMEM_PROFILE_RECORDER_H
#define PTMEM_PROFILE_RECORDER_H

#include "base/error.h"
#include "profile/profile.h"

#include <stdbool.h>

struct recorder;

/*
 * Begins a recording in this file, readable by its owner alone. One of ptmem's that is
 * there is kept as FILE.old; anything else is left alone, unless `force` is given.
 */
struct ptmem_error *recorder_open(const char *path, bool force, struct recorder **recorder);

/*
 * A process of the run, before anything is in its profile's paths: the profile's journal is
 * this recorder's from here on. `run` says what is run: lines of KEY=VALUE, in which metric=
 * must be. All profiles share their places, and stay where they are until their end. Past
 * RECORDING_PROCESSES_MAX a process is not recorded, of which recorder_close() tells. Fails
 * when out of memory.
 */
struct ptmem_error *recorder_begin(
	struct recorder *recorder, const char *run, struct profile *profile);

/*
 * Nothing more happens in this process: the profile has no journal from here on, and what
 * remains in memory is the numbers of its locations. One that is not recorded is fine.
 */
void recorder_leave(struct recorder *recorder, struct profile *profile);

/*
 * The names of the profile's locations, and how its process ended (lines of KEY=VALUE). Only
 * once all processes have begun. May wait for the disk. Where the journal is not whole, or
 * the process not recorded, there is no end.
 */
void recorder_end(struct recorder *recorder, struct profile *profile, const char *end);

/*
 * Waits until all is written. Frees the recorder in any case; an error says what of the
 * recording is not there. Profiles that have not ended have no journal from here on.
 */
struct ptmem_error *recorder_close(struct recorder *recorder);

#endif
