/*
 * A chart: what of some series is to be seen, reduced to what a picture of so many columns can
 * show, and how it is called. It knows nothing of pictures.
 */
#ifndef PTMEM_PLOT_CHART_H
#define PTMEM_PLOT_CHART_H

#include "base/error.h"
#include "base/vec.h"
#include "plot/axis.h"
#include "plot/bands.h"
#include "plot/reduce.h"
#include "series/series.h"

#include <stdbool.h>
#include <stddef.h>

/* No more of them are told apart by eye; a chart says what it left out. */
#define CHART_CURVES_MOST 30
#define CHART_FUNCTIONS_MOST 12
#define CHART_ROWS_MOST 30
#define CHART_MARKS_MOST 40

struct chart_options {
	const char *title; /* NULL: the command, where there is one series */
	bool brackets, slope, flame;
	bool has_window;
	double from, to;                   /* seconds from the beginning */
	unsigned columns;                  /* of the picture */
	unsigned time_ticks, memory_ticks; /* at most */
};

struct chart_source {
	const char *name; /* of the file */
	const struct series *series;
	const struct history *history; /* of a recording, with its bands; or NULL */
	const struct bands *bands;
	const struct passings *passings; /* of marks; or NULL */
	size_t passings_left_out;
};

struct chart_curve {
	char *name; /* printable */
	bool child;
	struct point_vec points;
	struct summary summary;
};

/* What a call path had, between the one below it and the one above. */
struct chart_band {
	char *name;                 /* clean */
	double at_peak;             /* MiB, when all of them together had most */
	struct point_vec low, high; /* as many points, at the same times */
};

/* Where the program was when it passed a mark. */
struct chart_mark {
	char *name; /* printable */
	double time;
};

/* A function that has calls in view, and all of these together. */
struct chart_function {
	char *name; /* printable */
	size_t calls;
	double duration; /* seconds */
};

struct chart_call {
	size_t function;
	struct point entry, exit;
	unsigned row;                 /* of flames, from 0 */
	bool shows_entry, shows_exit; /* whether it is in view, and nothing like it is there yet */
};

struct chart {
	char *title; /* printable, or NULL */
	struct axis time, memory;
	struct VEC(struct chart_curve) curves;
	struct VEC(struct chart_band) bands;         /* the lowest first */
	struct VEC(struct chart_mark) marks;         /* by time */
	struct VEC(struct chart_function) functions; /* those that took longest first */
	struct VEC(struct chart_call) calls;         /* by entry */
	bool has_slopes, has_flame; /* calls are brackets where they are not flames */
	unsigned rows;              /* of flames */
	struct point peak;
	bool peak_has_time; /* else it was between samples */
	size_t curves_left_out, functions_left_out, calls_left_out, marks_left_out;
};

/*
 * Each series begins at 0 seconds. ERROR_USAGE where nothing is in the window. chart_deinit() is
 * due on success.
 */
struct ptmem_error *chart_init(struct chart *chart, const struct chart_source *sources,
	size_t count, const struct chart_options *options);
void chart_deinit(struct chart *chart);

/* How much a curve rises, as a chart with slopes says it; and where the fitted line is. */
double chart_slope_at(const struct chart *chart, const struct chart_curve *curve, double time);

/* `load  3 calls, 2.4 s`, without the name; for a legend. */
void chart_describe_function(const struct chart_function *function, char text[AMOUNT_SIZE]);

/* `peak 12.5 MiB at 3.2 s` */
void chart_describe_peak(const struct chart *chart, char text[2 * AMOUNT_SIZE]);

/* What was left out, for a last line of the legend; false where nothing was. */
bool chart_describe_rest(const struct chart *chart, char text[4 * AMOUNT_SIZE]);

#endif
