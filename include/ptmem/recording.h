/**
 * @file
 * Recordings of the profiler (mem_trace.raw), read: the processes in one, their call paths, and
 * what memory each path moved.
 *
 *     struct ptmem_recording *recording;
 *     struct ptmem_path path = PTMEM_PATH_INIT;
 *     struct ptmem_error *error = ptmem_recording_open("mem_trace.raw", &recording);
 *     ...
 *     for (size_t i = 0; i < ptmem_recording_path_count(recording, 0); i++)
 *         if (ptmem_recording_path(recording, 0, i, &path))
 *             printf("%s %lld\n", path.function, (long long)path.memory);
 *     ptmem_recording_close(recording);
 *
 * The file is hostile: whatever is in it, opening it fails or gives a recording that can be read.
 * Names are as hostile as the file: mind what is in them before they go to a terminal.
 *
 * A recording that is open does not change: any number of threads may read it at once, until it
 * is closed.
 */
#ifndef PTMEM_RECORDING_H
#define PTMEM_RECORDING_H

#include "error.h"
#include "metric.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

PTMEM_BEGIN

/** A recording that is open. */
struct ptmem_recording;

/** A process of a recording. Strings are the recording's. */
struct ptmem_process {
	size_t size; /**< sizeof this struct, set by the caller: no more than that is written */
	pid_t pid;   /**< as it was */
	int ended;   /**< whether its end was recorded */
	int status;  /**< ended: how, as waitpid(2) has it */
	const char *command; /**< what it ran last; NULL where it is not known */
	int64_t peak;        /**< the highest resident memory (VmHWM), in bytes */
	int64_t start;       /**< its memory at the beginning, in bytes */
	int64_t end;         /**< and at the end */
};

/** Only the size is set. */
#define PTMEM_PROCESS_INIT                                        \
	{                                                         \
		sizeof(struct ptmem_process), 0, 0, 0, 0, 0, 0, 0 \
	}

/** What a step of a path is. More may be added. */
enum ptmem_path_kind {
	PTMEM_PATH_FUNCTION = 0, /**< a call of a function */
	PTMEM_PATH_INLINED = 1,  /**< the same of one that was inlined */
	PTMEM_PATH_THREAD = 2,   /**< a thread: the first step of its paths */
	PTMEM_PATH_BRACKET = 3   /**< memory of no call that was watched: `startup`, ... */
};

/** The path that is no path's parent. */
#define PTMEM_PATH_NONE SIZE_MAX

/**
 * A call path: its last step, and the path before it. Strings are the recording's. Paths of one
 * process are numbered from 0; a path's number is above its parent's. Amounts are bytes.
 */
struct ptmem_path {
	size_t size;   /**< sizeof this struct, set by the caller: no more than that is written */
	size_t parent; /**< the number of the path before, or PTMEM_PATH_NONE */
	enum ptmem_path_kind kind; /**< of the last step */
	const char *function;      /**< the name of the function, thread or bracket */
	const char *file;          /**< where it is declared; NULL where that is not known */
	int line;                  /**< the line of that, or 0 */
	const char *object;        /**< the program or library that it is in, or NULL */
	uint64_t calls;            /**< that were seen on this path */
	int64_t memory;            /**< what was moved there, callees included; signed */
	int64_t self;              /**< without callees */
};

/** Only the size is set. */
#define PTMEM_PATH_INIT                                                                \
	{                                                                              \
		sizeof(struct ptmem_path), 0, PTMEM_PATH_FUNCTION, 0, 0, 0, 0, 0, 0, 0 \
	}

/**
 * Reads a recording. Names that it does not have yet (its run was killed) are looked for in the
 * files that ran. PTMEM_ERROR_FORMAT where it is no recording.
 */
PTMEM_API PTMEM_CHECKED struct ptmem_error *ptmem_recording_open(
	const char *path, struct ptmem_recording **recording);

/** NULL is fine. */
PTMEM_API void ptmem_recording_close(struct ptmem_recording *recording);

/** Why the recording ends before its end, in a line; NULL where it is whole. */
PTMEM_API const char *ptmem_recording_cut(const struct ptmem_recording *recording);

/** What was measured. Where several things were, the first: resident memory. */
PTMEM_API enum ptmem_metric ptmem_recording_metric(const struct ptmem_recording *recording);

/** How many processes there are: one at least. They are numbered from 0, as they began. */
PTMEM_API size_t ptmem_recording_process_count(const struct ptmem_recording *recording);

/** A process; false (0) where there is none of this number, and nothing is written. */
PTMEM_API int ptmem_recording_process(
	const struct ptmem_recording *recording, size_t process, struct ptmem_process *out);

/**
 * What is said of a process's run: "command", "pid", "host", "kernel", "engine", "metric",
 * "started" (seconds since 1970), ... To be freed by free(3); NULL where that is not said.
 */
PTMEM_API char *ptmem_recording_value(
	const struct ptmem_recording *recording, size_t process, const char *key);

/** How many paths a process has. */
PTMEM_API size_t ptmem_recording_path_count(
	const struct ptmem_recording *recording, size_t process);

/** A path of a process; false (0) where there is none of this number, and nothing is written. */
PTMEM_API int ptmem_recording_path(const struct ptmem_recording *recording, size_t process,
	size_t path, struct ptmem_path *out);

PTMEM_END

#endif
