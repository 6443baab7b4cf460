/* The bands of a chart: what the heaviest call paths of a recording had over time, one over the
 * other, under its curve. */
#ifndef PTMEM_PLOT_CHART_BANDS_H
#define PTMEM_PLOT_CHART_BANDS_H

#include "plot/chart.h"

struct ptmem_error *chart_add_bands(
	struct chart *chart, const struct chart_source *source, const struct view *view);

#endif
