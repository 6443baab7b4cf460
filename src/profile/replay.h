/*
 * A recording, read: the profile that it makes is the one that the run had.
 *
 * The file is hostile: sizes, numbers and names may lie, and bytes may be missing. What is
 * there up to the first record that is not whole is played; memory stays in proportion to
 * the file, up to a fixed bound.
 */
#ifndef PTMEM_PROFILE_REPLAY_H
#define PTMEM_PROFILE_REPLAY_H

#include "base/error.h"
#include "base/strbuf.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <stdint.h>

struct recording {
	struct strbuf run; /* lines of KEY=VALUE: what was run */
	struct strbuf end; /* the same: how it ended; empty where it was cut */
	char *cut;         /* why it ends before its end, or NULL */
	uint64_t bytes;    /* of the file, that were good */
	uint64_t operations;
};

enum replay_until {
	REPLAY_END,
	REPLAY_PEAK, /* the moment of the highest memory; calls under way are then open no more */
};

/*
 * Plays a file. The profile is initialised by this, and to be freed by the caller with
 * profile_deinit() on success; so is the recording with recording_deinit(). ERROR_FORMAT
 * where it is no recording of a version that this reads.
 */
struct ptmem_error *recording_play(const char *path, enum replay_until until,
	struct profile *profile, struct recording *recording);
void recording_deinit(struct recording *recording);

#endif
