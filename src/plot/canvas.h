/*
 * What pictures are drawn on: lines, areas and text, in units of which a picture is some 1,000
 * wide, from its upper left corner. The formats are behind it, so that a picture is drawn by
 * one piece of code whatever it becomes.
 */
#ifndef PTMEM_PLOT_CANVAS_H
#define PTMEM_PLOT_CANVAS_H

#include "base/error.h"
#include "plot/reduce.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct canvas;

struct pen {
	uint32_t color; /* 0xRRGGBB */
	double width, opacity;
	const double *dash; /* as in style.h; NULL: solid */
};

enum anchor {
	ANCHOR_START,
	ANCHOR_MIDDLE,
	ANCHOR_END,
};

struct type {
	double size;
	uint32_t color;
	enum anchor anchor; /* what of the text is at its place */
	bool bold;
};

struct canvas_ops {
	/* By which the name of a file chooses it: ".svg". */
	const char *suffix;
	struct ptmem_error *(*check)(void); /* whether it can be drawn here; NULL: it can */
	bool has_titles;                    /* see begin() */

	/*
	 * A new picture, which will be written to `out`, of the caller; and its end, which frees
	 * it: NULL, or what went wrong since. The caller looks after errors of the stream.
	 */
	struct ptmem_error *(*create)(
		FILE *out, double width, double height, struct canvas **canvas);
	struct ptmem_error *(*finish)(struct canvas *canvas);

	void (*line)(struct canvas *canvas, const struct point *points, size_t count,
		const struct pen *pen);
	void (*area)(struct canvas *canvas, const struct point *points, size_t count,
		uint32_t color, double opacity);
	void (*text)(
		struct canvas *canvas, struct point at, const char *text, const struct type *type);

	/* What is drawn between them tells this where the mouse is on it. No-ops elsewhere. */
	void (*begin)(struct canvas *canvas, const char *title);
	void (*end)(struct canvas *canvas);
};

extern const struct canvas_ops canvas_svg, canvas_png, canvas_pdf;

/* The ends of names that choose a format, as text: `.svg, .png or .pdf`. */
extern const char canvas_suffixes[];

/*
 * By the end of the file's name. ERROR_USAGE where that is none that ptmem knows, or was built
 * with.
 */
struct ptmem_error *canvas_choose(const char *path, const struct canvas_ops **ops);

#endif
