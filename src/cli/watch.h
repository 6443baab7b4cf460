/* A program or a process, watched as the options say, for the commands that do so. */
#ifndef PTMEM_CLI_WATCH_H
#define PTMEM_CLI_WATCH_H

#include "base/error.h"
#include "cli/options.h"
#include "engine/session.h"

/* Something went beyond a limit. */
#define STATUS_EXCEEDED 120

/*
 * Runs options->program, or watches the process options->attach; the profiles are as reports take
 * them. Both results are the caller's to
 * deinit, whatever is returned; start them zeroed.
 */
struct ptmem_error *watch_program(
	struct options *options, struct profiles *profiles, struct session_result *result);

/* The program's exit status, or 128 and its signal; 0 of a process that was attached to and let go.
 */
int watch_status(const struct options *options, const struct session_result *result);

/* What there is to say before the report: each warning a line. */
void watch_say_warnings(const struct session_result *result);

/* And behind it: how the run was watched, what could not be seen, where it was recorded. */
void watch_say_closing(const struct options *options, const struct profiles *profiles,
	const struct session_result *result);

#endif
