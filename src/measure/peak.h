/*
 * How high the memory of a program goes in one run, and what it had before its first
 * instruction.
 *
 * The kernel keeps the highest resident memory of a process, which is read at its end, while the
 * memory is still there: nothing is missed, however short it was. Of other metrics, and of the sum
 * of several processes, it keeps nothing: these are read every few milliseconds.
 */
#ifndef PTMEM_MEASURE_PEAK_H
#define PTMEM_MEASURE_PEAK_H

#include "base/error.h"
#include "base/metric.h"

#include <stdbool.h>
#include <stdint.h>

struct peak_options {
	char *const *argv;  /* the program, found in PATH where it has no slash */
	enum metric metric; /* one column */
	bool children;      /* what it starts is added to it, until it ends itself */
};

struct peak_run {
	int64_t start;    /* bytes, before the first instruction */
	int64_t peak;     /* bytes, never less than that */
	int status;       /* of the program, as waitpid(2) gives it; where it runs on, SIGINT */
	bool cut;         /* its end was not seen: killed from outside, or not traced */
	bool untraced;    /* and so its first instructions were not, either */
	bool interrupted; /* a signal says that there is to be no other run */
	char *warning;    /* one line that the user should see, or NULL; owned */
};

/* Whether the peak is put together from samples, the highest of which it is. */
bool peak_is_sampled(const struct peak_options *options);

/* ms from one of these to the next, at least. */
#define PEAK_INTERVAL 2

/*
 * Runs it to its end, once. Its input, output, terminal, signals and status are its own.
 * ERROR_NOT_FOUND or ERROR_NOT_EXECUTABLE where it cannot be run. peak_run_deinit() is due after
 * success.
 */
struct ptmem_error *peak_run(const struct peak_options *options, struct peak_run *run);
void peak_run_deinit(struct peak_run *run);

#endif
