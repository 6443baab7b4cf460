/* Recording a run: where to, and what is said of it at its beginning and its end. */
#ifndef PTMEM_ENGINE_RECORD_H
#define PTMEM_ENGINE_RECORD_H

#include "base/error.h"
#include "engine/session.h"
#include "profile/recorder.h"

#include <sys/types.h>

/* The file that a pattern means for this process; to be freed, NULL when out of memory. */
char *record_path(const char *pattern, pid_t pid, const char *program);

/* Begins the recording of a process that is about to run. */
struct ptmem_error *record_begin(const struct session_options *options, pid_t pid, const char *path,
	struct profile *profile, struct recorder **recorder);

/* What is mapped into a process now, in lines of map=...; "" where it is gone. To be freed,
 * NULL when out of memory. */
char *record_mappings(pid_t pid);

/* Ends it; the profile has its names by now. mappings are the last that were seen, or NULL. */
struct ptmem_error *record_end(struct recorder *recorder, struct profile *profile,
	const char *mappings, const struct session_result *result);

#endif
