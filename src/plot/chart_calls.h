/* The calls of a chart: by function, and in rows for flames. */
#ifndef PTMEM_PLOT_CHART_CALLS_H
#define PTMEM_PLOT_CHART_CALLS_H

#include "plot/chart.h"
#include "profile/texts.h"

/* Those in view, with their functions; `names` has the numbers of these, and is the caller's. */
struct ptmem_error *chart_add_calls(struct chart *chart, struct texts *names,
	const struct series *series, const struct view *view);

/*
 * When all are there: orders functions and calls, leaves out what there is no room for or would
 * be drawn over its like, and gives rows to calls where there are flames.
 */
struct ptmem_error *chart_arrange_calls(struct chart *chart, const struct view *view, bool flame);

#endif
