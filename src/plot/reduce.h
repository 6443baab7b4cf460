/*
 * What of a curve can be seen: of each column of pixels where it comes in, its lowest, its highest
 * and where it goes out. A picture of these is the picture of all samples, to the pixel, however
 * many there are; no peak is lost.
 */
#ifndef PTMEM_PLOT_REDUCE_H
#define PTMEM_PLOT_REDUCE_H

#include "base/vec.h"
#include "series/series.h"

#include <stdbool.h>

struct point {
	double x, y; /* of a chart: seconds since its beginning, MiB; of a picture: its units */
};

struct point_vec VEC(struct point);

/* The part of the time axis that is shown, and into how many columns it is divided. */
struct view {
	double start; /* where a chart begins, in the time of the samples */
	double from, to;
	unsigned columns;
};

/* What was seen besides. */
struct summary {
	size_t count;      /* samples in view; 0 also where the curve only crosses it */
	struct point peak; /* of these, or of where it crosses */
	double top;        /* the highest of all points */
	bool has_slope;
	double slope, at_start; /* least squares: MiB a second, and MiB at the view's beginning */
};

/*
 * Appends the points of a curve in view. Where it crosses the edges of the view there are points
 * between two samples. False when out of memory.
 */
bool reduce_curve(const struct series_curve *curve, const struct view *view,
	struct point_vec *points, struct summary *summary);

#endif
