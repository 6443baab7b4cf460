/*
 * The process that watches: a session (engine/session.h) in a child of the caller's. A session
 * catches signals, waits for any child and raises limits, all of which is the whole process's:
 * none of the business of a library in the process that it is called from.
 *
 * What was measured comes back in a recording, the rest through a pipe.
 */
#ifndef PTMEM_LIBRARY_HELPER_H
#define PTMEM_LIBRARY_HELPER_H

#include "base/error.h"
#include "base/vec.h"
#include "engine/session.h"

#include <stdbool.h>

struct helper_result {
	int status; /* of the program; -1 where it runs on */
	enum engine engine;
	bool exact;
	char *recording;             /* the file, NULL where there is none; owned */
	struct VEC(char *) warnings; /* a line each; owned */
};

/* An error is the session's, or says how the process failed. *result is to be deinitialised on
 * success only. */
struct ptmem_error *helper_run(const struct session_options *options, struct helper_result *result);
void helper_result_deinit(struct helper_result *result);

#endif
