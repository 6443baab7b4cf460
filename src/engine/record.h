/* Recording a run: where to, and what is said of it at its beginning and its end. */
#ifndef PTMEM_ENGINE_RECORD_H
#define PTMEM_ENGINE_RECORD_H

#include "base/error.h"
#include "engine/session.h"
#include "profile/profiles.h"
#include "profile/recorder.h"

#include <sys/types.h>

/* Whether a pattern tells processes apart, so that each has a file of its own. */
bool record_is_of_one(const char *pattern);

/* The file that a pattern means for this process; to be freed, NULL when out of memory. */
char *record_path(const char *pattern, pid_t pid, const char *program);

/*
 * What was run, as it could be typed again, with what would command a terminal taken out: by
 * its words, or of a process that runs, `[name]` where it has no words. To be freed, NULL
 * when out of memory.
 */
char *record_command(char *const *argv);
char *record_command_of(pid_t pid);

/*
 * Begins the recording of a process that is about to run this command. Its parent is a process
 * of the run as well; 0 for the first.
 */
struct ptmem_error *record_begin(struct recorder *recorder, struct process_profile *process,
	pid_t parent, const char *command, const char *engine);

/* What is mapped into a process now, in lines of map=...; "" where it is gone. To be freed,
 * NULL when out of memory. */
char *record_mappings(pid_t pid);

/*
 * Ends it, once all processes have begun and the profile has its names and, by sources_read(),
 * its lines: the status where the process has ended, its peak, and what it ran last.
 * mappings are the last that were seen, or NULL; the result is for the first process, else NULL.
 */
void record_end(struct recorder *recorder, struct process_profile *process, const char *mappings,
	const struct session_result *result);

#endif
