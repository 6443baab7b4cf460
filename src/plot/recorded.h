/*
 * A recording of the profiler, as plots take it: memory over time of each process, the marks of the
 * first, and where there is one process also memory over time of its heaviest call paths. Times are
 * those at which the engine came to know: with breakpoints that is when memory moved, samples of
 * page faults wait in a ring for a while.
 */
#ifndef PTMEM_PLOT_RECORDED_H
#define PTMEM_PLOT_RECORDED_H

#include "base/error.h"
#include "plot/bands.h"
#include "plot/history.h"
#include "series/series.h"

struct recorded {
	struct series series;
	struct history history; /* empty where there are several processes */
	struct bands bands;
	struct passings passings; /* of the first process, as many as are kept, in order of time */
	size_t passings_left_out;
	char *cut; /* why it ends before its end, or NULL */
};

/* recorded_deinit() is due on success only; errors are those of recording_play(). */
struct ptmem_error *recorded_read(const char *path, struct recorded *recorded);
void recorded_deinit(struct recorded *recorded);

#endif
