/* What is in the cells of a plot on a terminal. */
#include "plot/style.h"
#include "plot/terminal_internal.h"
#include "plot/text.h"

#include <math.h>
#include <stdlib.h>

#define SLOPE_STRIDE 3

double terminal_x(const struct print *print, double time)
{
	double place = axis_place(&print->chart->time, time);

	return place * ((double)print->raster.width - 1e-9);
}

double terminal_y(const struct print *print, double memory)
{
	double place = axis_place(&print->chart->memory, memory);

	return (1 - place) * ((double)print->plot_rows - 1e-9);
}

static void draw_points(struct print *print, const struct point_vec *line, size_t style)
{
	struct point *points = malloc((line->count + 1) * sizeof *points);

	if (!points) {
		print->failed = true;
		return;
	}
	for (size_t i = 0; i < line->count; i++)
		points[i] = (struct point){
			terminal_x(print, line->items[i].x), terminal_y(print, line->items[i].y)};
	raster_line(&print->raster, points, line->count, style, 1);
	free(points);
}

static void draw_slope(struct print *print, size_t number)
{
	const struct chart *chart = print->chart;
	const struct chart_curve *curve = &chart->curves.items[number];
	double from = curve->points.items[0].x;
	double to = curve->points.items[curve->points.count - 1].x;
	struct point ends[] = {
		{terminal_x(print, from), terminal_y(print, chart_slope_at(chart, curve, from))},
		{terminal_x(print, to), terminal_y(print, chart_slope_at(chart, curve, to))}};

	/* Far outside, a line would have many dots that nobody sees. */
	if (curve->summary.has_slope && fabs(ends[0].y) < 1e4 && fabs(ends[1].y) < 1e4)
		raster_line(&print->raster, ends, 2, number, SLOPE_STRIDE);
}

static void draw_peak(struct print *print)
{
	const struct chart *chart = print->chart;
	long x = (long)terminal_x(print, chart->peak.x), y = (long)terminal_y(print, chart->peak.y);

	for (size_t i = 0; i < print->raster.width; i++)
		raster_fill(&print->raster, (long)i, y, print->shapes->dash);
	if (chart->peak_has_time)
		for (long row = y + 1; row < (long)print->plot_rows; row++)
			raster_fill(&print->raster, x, row, print->shapes->dash_down);
}

static void draw_marks(struct print *print)
{
	for (size_t i = 0; i < print->chart->marks.count; i++)
		for (long row = 0; row < (long)print->plot_rows; row++)
			raster_fill(&print->raster,
				(long)terminal_x(print, print->chart->marks.items[i].time), row,
				print->shapes->dash_down);
}

unsigned terminal_function_ink(const struct chart *chart, size_t function)
{
	return INK_STYLE + (unsigned)(chart->has_flame ? function : function + chart->curves.count);
}

static void draw_bracket(struct print *print, const struct chart_call *call, struct point at,
	const char *text, bool first)
{
	const char letter[] = {style_letter(call->function), '\0'};
	unsigned ink = terminal_function_ink(print->chart, call->function);
	long x = (long)terminal_x(print, at.x), y = (long)fmax(terminal_y(print, at.y), 0);

	raster_text(&print->raster, x, y, text, ink);
	if (first)
		raster_text(&print->raster, x + 1, y, letter, ink);
}

static void draw_brackets(struct print *print)
{
	bool seen[CHART_FUNCTIONS_MOST] = {false};

	for (size_t i = 0; i < print->chart->calls.count; i++) {
		const struct chart_call *call = &print->chart->calls.items[i];

		if (call->shows_exit)
			draw_bracket(print, call, call->exit, "]", false);
		if (call->shows_entry) {
			draw_bracket(print, call, call->entry, "[", !seen[call->function]);
			seen[call->function] = true;
		}
	}
}

/* `[load      ]`, `[]`, or `|` where there is no room. */
static void draw_flame(struct print *print, const struct chart_call *call)
{
	long right = (long)print->raster.width - 1;
	long from = (long)fmax(terminal_x(print, call->entry.x), 0);
	long to = (long)fmin(terminal_x(print, call->exit.x), (double)right);
	long row = (long)(print->raster.height - 1 - call->row);
	unsigned ink = terminal_function_ink(print->chart, call->function);
	const char *name = print->chart->functions.items[call->function].name;
	char *fitting;

	if (from == to) {
		raster_text(&print->raster, from, row, "|", ink);
		return;
	}
	fitting = text_cut(name, (size_t)(to - from - 1), "");
	if (!fitting) {
		print->failed = true;
		return;
	}
	raster_text(&print->raster, from, row, "[", ink);
	raster_text(&print->raster, to, row, "]", ink);
	raster_text(&print->raster, from + 1, row, fitting, ink);
	free(fitting);
}

void terminal_draw(struct print *print)
{
	const struct chart *chart = print->chart;

	if (!chart->has_flame)
		draw_brackets(print); /* the first ones, since nothing is drawn over them */
	for (size_t i = 0; i < chart->bands.count; i++)
		draw_points(print, &chart->bands.items[i].high, chart->curves.count + i);
	for (size_t i = chart->curves.count; i-- > 0;)
		draw_points(print, &chart->curves.items[i].points, i);
	for (size_t i = 0; chart->has_slopes && i < chart->curves.count; i++)
		draw_slope(print, i);
	draw_peak(print);
	draw_marks(print);
	for (size_t i = 0; chart->has_flame && i < chart->calls.count; i++)
		draw_flame(print, &chart->calls.items[i]);
}
