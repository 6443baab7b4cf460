/* Where the parts of a figure are, in units of its canvas. */
#ifndef PTMEM_PLOT_LAYOUT_H
#define PTMEM_PLOT_LAYOUT_H

#include "plot/chart.h"
#include "plot/legend.h"

#define TEXT_SIZE 12.0
#define TITLE_SIZE 15.0
#define BOX_TEXT_SIZE 11.0
#define FLAME_HEIGHT 20.0
#define LEGEND_HEIGHT 19.0
#define SWATCH_WIDTH 34.0
#define SWATCH_GAP 8.0
#define GRID_COLUMNS_MOST 6

struct box {
	double left, top, right, bottom;
};

/* A part of the legend, as a table whose columns are filled from the left. */
struct grid {
	double left, top;
	double column;                   /* how wide each is */
	double names[GRID_COLUMNS_MOST]; /* how wide the names in each are */
	size_t rows, columns;
};

struct layout {
	double width, height;
	struct box plot;
	struct box flames; /* of no height where there are none; over the time axis */
	struct grid curves, bands, functions;
	struct point title, rest;
};

struct layout layout_of(const struct chart *chart, const struct legend *legend);

/* Where an entry of the legend begins: its base line. How much room its name has. */
struct point layout_entry(const struct grid *grid, size_t number);
double layout_name(const struct grid *grid, size_t number);

#endif
