/*
 * A recording, read: the profiles that it makes are the ones that the run had.
 *
 * The file is hostile: sizes, numbers and names may lie, and bytes may be missing. What is
 * there up to the first record that is not whole is played; memory stays in proportion to
 * the file, up to a fixed bound.
 */
#ifndef PTMEM_PROFILE_REPLAY_H
#define PTMEM_PROFILE_REPLAY_H

#include "base/error.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "profile/profiles.h"

#include <stdbool.h>
#include <stdint.h>

/* What it says of a process. */
struct recorded_process {
	struct strbuf run; /* lines of KEY=VALUE: what was run */
	struct strbuf end; /* the same: how it ended; empty where it was cut */
};

struct recording {
	struct VEC(struct recorded_process) processes; /* in the order of the profiles */
	char *cut;                                     /* why it ends before its end, or NULL */
	uint64_t bytes;                                /* of the file, that were good */
	uint64_t operations;                           /* of all processes */
};

enum replay_until {
	REPLAY_END,
	REPLAY_PEAK, /* the moment of each process's highest memory; calls under way are then
			open no more */
};

/*
 * Plays a file. Profiles, of one process at least, and the recording are written on success
 * only; profiles_deinit() and recording_deinit() are then due. ERROR_FORMAT where it is no
 * recording of a version that this reads.
 */
struct ptmem_error *recording_play(const char *path, enum replay_until until,
	struct profiles *profiles, struct recording *recording);

/* The same, and the profiles have lines. */
struct ptmem_error *recording_play_lines(const char *path, enum replay_until until,
	struct profiles *profiles, struct recording *recording);

/* To the end, and somebody is told of all that moves meanwhile (player.h). */
struct play_watcher;
struct ptmem_error *recording_watch(const char *path, const struct play_watcher *watcher,
	struct profiles *profiles, struct recording *recording);

void recording_deinit(struct recording *recording);

#endif
