/* What the files that print a chart on a terminal share. */
#ifndef PTMEM_PLOT_TERMINAL_INTERNAL_H
#define PTMEM_PLOT_TERMINAL_INTERNAL_H

#include "plot/raster.h"
#include "plot/terminal.h"

#include <stdbool.h>
#include <stddef.h>

/* What axes and dashes are made of. */
struct shapes {
	const char *tick, *side, *corner, *line, *time_tick, *dash, *dash_down, *ellipsis;
};

/* One print of a chart. */
struct print {
	const struct chart *chart;
	const struct terminal *terminal;
	const struct shapes *shapes;
	struct raster raster;
	struct strbuf *out;
	size_t label_width; /* of the memory axis */
	size_t plot_rows;   /* of the raster; rows of flames follow */
	bool failed;
};

/* Where a time and an amount of memory are, in cells. */
double terminal_x(const struct print *print, double time);
double terminal_y(const struct print *print, double memory);

/* Draws all that is in the chart into the raster. */
void terminal_draw(struct print *print);
unsigned terminal_function_ink(const struct chart *chart, size_t function);

#endif
