/* The marks of a chart: where a program said what it was about to do. */
#ifndef PTMEM_PLOT_CHART_MARKS_H
#define PTMEM_PLOT_CHART_MARKS_H

#include "plot/chart.h"

struct ptmem_error *chart_add_marks(
	struct chart *chart, const struct chart_source *source, const struct view *view);

#endif
