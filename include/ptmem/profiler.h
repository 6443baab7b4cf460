/**
 * @file
 * The profiler: which call path made a program's memory grow? It starts a program, or attaches to
 * one that runs, and gives what it measured as a recording.
 *
 *     static char *const argv[] = {(char *)"./server", NULL};
 *     struct ptmem_profile_options options = PTMEM_PROFILE_OPTIONS_INIT;
 *     struct ptmem_profile *profile;
 *     struct ptmem_error *error;
 *
 *     options.argv = argv;
 *     options.funcs = "load_*,parse";
 *     error = ptmem_profile_run(&options, &profile);
 *
 * The watching is done by a process of its own, forked from the caller: the caller's signals,
 * children, limits and threads are left alone, any thread may call this, and several at once. In
 * a program that has threads, nothing of the program runs in that process (handlers of
 * pthread_atfork(3) do); but malloc(3) must be fit for use there, as the C library's is, and that
 * of AddressSanitizer is not while other threads allocate. It dies with its caller, and takes what
 * it started along; a process that was attached to is let go.
 */
#ifndef PTMEM_PROFILER_H
#define PTMEM_PROFILER_H

#include "error.h"
#include "metric.h"
#include "recording.h"

#include <stddef.h>
#include <sys/types.h>

PTMEM_BEGIN

/** How growth is caught. More may be added. */
enum ptmem_engine {
	PTMEM_ENGINE_AUTO = 0,        /**< by calls where functions are named, else by faults */
	PTMEM_ENGINE_BREAKPOINTS = 1, /**< a stop at each call, and at its return */
	PTMEM_ENGINE_FAULTS = 2,      /**< page faults, sampled while the program runs */
	PTMEM_ENGINE_EXACT = 3        /**< page faults, each a stop */
};

/** What is asked for. Set it to PTMEM_PROFILE_OPTIONS_INIT, then what is to differ. */
struct ptmem_profile_options {
	size_t size; /**< sizeof this struct: by it the library knows which fields are there */

	char *const *argv; /**< a program to start, found in PATH where it has no slash, or NULL */
	pid_t attach;      /**< a process to watch instead, or 0 */

	/**
	 * Globs on functions that are watched, with commas between; NULL: all that debug info
	 * describes. As of the options of ptmem(1) of these names.
	 */
	const char *funcs;
	const char *exclude; /**< functions that are not watched */
	const char *files;   /**< source files that they are in */
	const char *libs;    /**< objects: `main` is the program itself */

	enum ptmem_engine engine; /**< how */
	enum ptmem_metric metric; /**< what */
	int follow;               /**< children as well, each a process of the recording */
	double duration;          /**< seconds after which it is let go; 0: at its end */

	/** The recording is kept in this file, replacing one that is there; NULL: it is not kept.
	 */
	const char *recording;

	/**
	 * Called for each path of each process when the run is over, in the order of their numbers;
	 * NULL: not at all. Where it returns anything but 0 it is not called again. The recording
	 * is good until it returns, and longer where the profile is: ptmem_profile_recording().
	 */
	int (*on_path)(const struct ptmem_recording *recording, size_t process, size_t number,
		const struct ptmem_path *path, void *context);
	void *context; /**< for on_path */
};

/** Nothing said. */
#define PTMEM_PROFILE_OPTIONS_INIT                                                         \
	{                                                                                  \
		sizeof(struct ptmem_profile_options), 0, 0, 0, 0, 0, 0, PTMEM_ENGINE_AUTO, \
			PTMEM_METRIC_RSS, 0, 0, 0, 0, 0                                    \
	}

/** What a run was like, with its recording. */
struct ptmem_profile;

/**
 * Runs the program, or watches the process, until it ends or is let go. The program has the
 * caller's standard input and output, environment and working directory.
 *
 * An error means that nothing was measured, and that no program of ours is left running.
 * *profile is to be freed by ptmem_profile_free().
 */
PTMEM_API PTMEM_CHECKED struct ptmem_error *ptmem_profile_run(
	const struct ptmem_profile_options *options, struct ptmem_profile **profile);

/** NULL is fine. Its recording is closed. */
PTMEM_API void ptmem_profile_free(struct ptmem_profile *profile);

/** What was measured; the profile's. */
PTMEM_API const struct ptmem_recording *ptmem_profile_recording(
	const struct ptmem_profile *profile);

/** How the program ended, as waitpid(2) has it; -1 where it was let go and runs on. */
PTMEM_API int ptmem_profile_status(const struct ptmem_profile *profile);

/** Which engine was at work. */
PTMEM_API enum ptmem_engine ptmem_profile_engine(const struct ptmem_profile *profile);

/** What there is to know of the run, a line each, from 0; NULL behind the last. The profile's. */
PTMEM_API const char *ptmem_profile_warning(const struct ptmem_profile *profile, size_t number);

PTMEM_END

#endif
