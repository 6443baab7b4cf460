/* A chart as a picture: where everything goes, and the lines, areas and text that make it. */
#ifndef PTMEM_PLOT_FIGURE_H
#define PTMEM_PLOT_FIGURE_H

#include "base/error.h"
#include "plot/canvas.h"
#include "plot/chart.h"

#include <stdio.h>

/* What a chart for a figure is best made with. */
#define FIGURE_COLUMNS 880
#define FIGURE_TIME_TICKS 10
#define FIGURE_MEMORY_TICKS 7

/* The caller looks after errors of the stream. */
struct ptmem_error *figure_write(
	const struct chart *chart, const struct canvas_ops *ops, FILE *out);

#endif
