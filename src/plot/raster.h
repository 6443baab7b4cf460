/* Cells of a terminal that lines are drawn on: dots of braille, or a character for each curve. */
#ifndef PTMEM_PLOT_RASTER_H
#define PTMEM_PLOT_RASTER_H

#include "base/strbuf.h"
#include "plot/reduce.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CELL_SIZE 5 /* a character of UTF-8 */

enum ink {
	INK_NONE,
	INK_FAINT,
	INK_STYLE, /* that of a number, and after it the next ones */
};

struct cell {
	uint8_t dots;         /* of braille */
	char text[CELL_SIZE]; /* instead of dots where it is not empty */
	unsigned ink;
	bool taken; /* nothing is drawn over it */
};

struct raster {
	struct cell *cells;
	size_t width, height;
	bool characters; /* no dots: a cell has the curve's character */
};

/* Empty; false when out of memory. */
bool raster_init(struct raster *raster, size_t width, size_t height, bool characters);
void raster_deinit(struct raster *raster);

/*
 * A curve of this style through points in cells, from the upper left corner on. Every `stride`th
 * dot of it is drawn.
 */
void raster_line(struct raster *raster, const struct point *points, size_t count, size_t style,
	size_t stride);

/* Text in cells, from (x, y) on; what is taken stays, and what is outside is not there. */
void raster_text(struct raster *raster, long x, long y, const char *text, unsigned ink);

/* A character where nothing is yet. */
void raster_fill(struct raster *raster, long x, long y, const char *character);

/* One row, with colours if that is asked for, and no blanks at its end. */
void raster_print(const struct raster *raster, size_t row, bool color, struct strbuf *out);

/* Text in a colour, or without. */
void raster_print_text(const char *text, unsigned ink, bool color, struct strbuf *out);

#endif
