/*
 * What curves and functions look like, by number. Colours are those of Okabe and Ito, which
 * colour-blind eyes tell apart as well; dashes and markers do without colours.
 */
#ifndef PTMEM_PLOT_STYLE_H
#define PTMEM_PLOT_STYLE_H

#include <stddef.h>
#include <stdint.h>

#define STYLE_COLORS 7
#define STYLE_DASHES 5
#define STYLE_MARKERS 4

/* 0xRRGGBB */
uint32_t style_color(size_t number);

/* The lightened colour, that black text can be read on. */
uint32_t style_light(size_t number);

/* Lengths of strokes and gaps in turn, 0 after the last; none at all of a solid line. */
const double *style_dash(size_t number);

enum marker {
	MARKER_CIRCLE,
	MARKER_SQUARE,
	MARKER_TRIANGLE,
	MARKER_DIAMOND,
};

enum marker style_marker(size_t number);

/* The letter of a function's brackets. */
char style_letter(size_t number);

/* What a curve is drawn with where there are neither colours nor dots. */
char style_character(size_t number);

/* A colour of a terminal: of its 256. */
unsigned style_terminal_color(size_t number);

#endif
