/**
 * @file
 * The memory of a process over time: one that runs, one that is started for it, or the caller
 * itself while a function of its own runs.
 *
 *     struct ptmem_usage_options options = PTMEM_USAGE_OPTIONS_INIT;
 *     struct ptmem_usage *usage;
 *     struct ptmem_error *error;
 *
 *     options.pid = 4711;
 *     options.timeout = 5;
 *     error = ptmem_memory_usage(&options, &usage);
 *     ...
 *     ptmem_usage_free(usage);
 *
 * All amounts are bytes, all times are seconds.
 *
 * Any thread may call this, several at once as well. Nothing is printed, no signal handler is
 * changed, and no child is waited for but the one that was started, of which there is a SIGCHLD as
 * of any other.
 */
#ifndef PTMEM_USAGE_H
#define PTMEM_USAGE_H

#include "error.h"
#include "metric.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

PTMEM_BEGIN

/** What was read at a moment. Its size does not change with versions of the library. */
struct ptmem_usage_sample {
	int64_t bytes; /**< how much */
	double time;   /**< since the first sample, in seconds */
	pid_t pid;     /**< the child whose it is; 0: of the whole */
	int reserved;  /**< 0 */
};

/** What is asked for. Set it to PTMEM_USAGE_OPTIONS_INIT, then what is to differ. */
struct ptmem_usage_options {
	size_t size; /**< sizeof this struct: by it the library knows which fields are there */

	/**
	 * A process to watch, until it ends; 0: none. One of pid, argv and function must be given,
	 * and no more.
	 */
	pid_t pid;
	char *const
		*argv; /**< a program to start, found in PATH where it has no slash; NULL: none */
	void (*function)(void *context); /**< to be called, in this thread; it must return */
	void *context;                   /**< for function and on_sample */

	double interval; /**< from sample to sample; 0: 0.1. At least 0.001. It does not drift */
	double timeout;  /**< no sample is taken after so many seconds; 0: until the end */

	/** Only the highest sample is kept, and the peak. */
	int max_usage;
	/** The children, theirs, and so on, are added to the process. */
	int include_children;
	/** Children have samples of their own, beside those of the whole. */
	int multiprocess;
	enum ptmem_metric metric; /**< of what; sums are best of PTMEM_METRIC_PSS */

	/**
	 * Called with each sample as it was taken; NULL: not at all. Where it returns anything but
	 * 0 no more are taken. With function, it is called in another thread than that. The sample
	 * is good until it returns.
	 */
	int (*on_sample)(const struct ptmem_usage_sample *sample, void *context);
};

/** Nothing said. */
#define PTMEM_USAGE_OPTIONS_INIT                                                                   \
	{                                                                                          \
		sizeof(struct ptmem_usage_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, PTMEM_METRIC_RSS, 0 \
	}

/** What was measured. The library makes it: later versions may have more at its end. */
struct ptmem_usage {
	struct ptmem_usage_sample *samples; /**< in the order of their time */
	size_t count;                       /**< how many; 0 only of a program that ended at once */

	/**
	 * The highest sample of the whole. Of the resident memory of a program that was started,
	 * without children: the highest there was between samples as well.
	 */
	int64_t peak;

	pid_t pid;   /**< of the process */
	int running; /**< argv: it runs on, and is the caller's to wait for */

	/** argv: how it ended, as waitpid(2) has it; -1 where it runs on, or another wait had it.
	 */
	int status;
};

/**
 * Samples until the process ends, the function returns, or the time is up. One sample is there at
 * the beginning, and with function one at its end. A program that was started and does not end
 * in time runs on; a function always runs to its end.
 *
 * With function, the thread that samples is seen in the samples as well: some pages.
 *
 * PTMEM_ERROR_USAGE where the options make no sense, PTMEM_ERROR_GONE where there is no such
 * process, PTMEM_ERROR_NOT_FOUND or PTMEM_ERROR_NOT_EXECUTABLE where the program cannot be run;
 * the function has not been called then. *usage is to be freed by ptmem_usage_free().
 */
PTMEM_API PTMEM_CHECKED struct ptmem_error *ptmem_memory_usage(
	const struct ptmem_usage_options *options, struct ptmem_usage **usage);

/** NULL is fine. */
PTMEM_API void ptmem_usage_free(struct ptmem_usage *usage);

PTMEM_END

#endif
