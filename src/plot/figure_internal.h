/* What the files that draw a figure share. */
#ifndef PTMEM_PLOT_FIGURE_INTERNAL_H
#define PTMEM_PLOT_FIGURE_INTERNAL_H

#include "plot/canvas.h"
#include "plot/chart.h"
#include "plot/layout.h"

#include <stdbool.h>
#include <stdint.h>

#define PAPER 0xffffff
#define INK 0x222222
#define FAINT_INK 0x555555
#define GRID 0xe4e4e4

struct figure {
	const struct chart *chart;
	const struct canvas_ops *ops;
	struct canvas *canvas;
	struct layout layout;
	bool failed; /* out of memory */
};

/* Where a time and an amount of memory are in the plot. */
double figure_x(const struct figure *figure, double time);
double figure_y(const struct figure *figure, double memory);

void figure_line(const struct figure *figure, double x1, double y1, double x2, double y2,
	const struct pen *pen);
void figure_box(const struct figure *figure, const struct box *box, uint32_t color, double opacity);
void figure_text(const struct figure *figure, double x, double y, const char *text,
	enum anchor anchor, uint32_t color);
void figure_short_text(struct figure *figure, struct point at, const char *text,
	const struct type *type, double width);

/* What is between times, for the mouse; then what is under an only curve; then the curves. */
void figure_draw_strips(struct figure *figure);
void figure_draw_under(struct figure *figure);
void figure_draw_curves(struct figure *figure);
void figure_draw_peak(const struct figure *figure);
void figure_draw_curve_swatch(const struct figure *figure, size_t number, struct point at);

/* The bands under the curve, and what tells one in the legend. */
void figure_draw_bands(struct figure *figure);
void figure_draw_band_swatch(const struct figure *figure, size_t band, struct point at);
void figure_outline(const struct figure *figure, const struct box *box, uint32_t color);

/* Where a program passed marks. */
void figure_draw_marks(struct figure *figure);

/* The calls of functions, either way, and what tells a function in the legend. */
void figure_draw_brackets(const struct figure *figure);
void figure_draw_flames(struct figure *figure);
void figure_draw_swatch(const struct figure *figure, size_t function, struct point at);

#endif
