/*
 * Memory over time: a program launched or a process that runs, its memory read every so often
 * until its end, and written as it comes.
 *
 * A launched program is traced, so that its children are known before they run, and that there
 * is a reading at each end, while the memory is still there. Where that is not allowed, and of
 * a process that runs already, children are looked for again and again; then nothing is
 * stopped, and there is no reading at the very end.
 */
#ifndef PTMEM_TIMELINE_TIMELINE_H
#define PTMEM_TIMELINE_TIMELINE_H

#include "base/error.h"
#include "base/metric.h"
#include "series/series_writer.h"
#include "symbol/options.h"
#include "symbol/pattern.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct timeline_options {
	char *const *argv;          /* the program, found in PATH where it has no slash */
	pid_t attach;               /* a process that runs instead, or 0 */
	double interval;            /* seconds from reading to reading */
	double timeout;             /* stop reading after so many seconds; 0: at its end */
	bool kill;                  /* and kill the program then */
	bool sum;                   /* children are added to the program */
	bool each;                  /* and are written each by itself */
	enum metric metric;         /* one column */
	struct pattern_list *funcs; /* calls of these are written as well; NULL or empty: none.
				       Neither of a process that runs already, nor with kill */
	const struct symbol_options *symbols; /* for their names; NULL: nothing said */
	struct series_writer *writer;         /* of the caller, who ends it */

	/* Called once, before anything is written: from here on there is something to write. */
	struct ptmem_error *(*begin)(void *context);
	void *context;
};

struct timeline_result {
	int status;        /* of the program, as waitpid(2) gives it */
	bool detached;     /* it runs on: its status is not known */
	bool begun;        /* options->begin was called */
	uint64_t samples;  /* of the whole */
	uint64_t let_go;   /* children that run on */
	char *warnings[4]; /* one line each, NULL after the last; owned */
};

/*
 * Returns when a launched program has ended, also where the reading ended before, unless the user
 * insists (two Ctrl-C). An error means that the reading broke off; nothing is stopped or traced any
 * more then, and a program that had not begun has not run. *result is to be deinitialised
 * either way.
 */
struct ptmem_error *timeline_run(
	const struct timeline_options *options, struct timeline_result *result);
void timeline_result_deinit(struct timeline_result *result);

#endif
