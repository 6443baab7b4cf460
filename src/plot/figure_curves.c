/* The curves of a figure: with markers, slopes and the peak, and what the mouse finds between them.
 */
#include "base/strbuf.h"
#include "plot/figure_internal.h"
#include "plot/style.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MARKER_SIZE 3.6
#define MARKERS 7 /* a curve */
#define CURVE_WIDTH 1.6
#define CHILD_WIDTH 1.2
#define STRIPS 110 /* that tell, under the mouse, what was when */
#define STRIP_CURVES 12
#define UNDER_CURVE 0.1 /* opacity */

static const double peak_dash[] = {5, 4, 0};
static const double slope_dash[] = {10, 3, 2, 3, 0};

/* The shape that tells a curve from others without its colour. */
static void draw_marker(const struct figure *figure, size_t number, struct point at)
{
	const double r = MARKER_SIZE;
	const struct pen pen = {.color = style_color(number), .width = 1.4, .opacity = 1};
	struct point points[13];
	size_t count = 5;

	switch (style_marker(number)) {
	case MARKER_SQUARE:
		points[0] = (struct point){at.x - r, at.y - r};
		points[1] = (struct point){at.x + r, at.y - r};
		points[2] = (struct point){at.x + r, at.y + r};
		points[3] = (struct point){at.x - r, at.y + r};
		break;
	case MARKER_TRIANGLE:
		points[0] = (struct point){at.x, at.y - r * 1.3};
		points[1] = (struct point){at.x + r * 1.2, at.y + r};
		points[2] = (struct point){at.x - r * 1.2, at.y + r};
		count = 4;
		break;
	case MARKER_DIAMOND:
		points[0] = (struct point){at.x, at.y - r * 1.4};
		points[1] = (struct point){at.x + r * 1.4, at.y};
		points[2] = (struct point){at.x, at.y + r * 1.4};
		points[3] = (struct point){at.x - r * 1.4, at.y};
		break;
	case MARKER_CIRCLE:
		count = 13;
		for (size_t i = 0; i + 1 < count; i++)
			points[i] = (struct point){at.x + r * cos((double)i * M_PI / 6),
				at.y + r * sin((double)i * M_PI / 6)};
		break;
	}
	points[count - 1] = points[0];
	figure->ops->area(figure->canvas, points, count - 1, PAPER, 1);
	figure->ops->line(figure->canvas, points, count, &pen);
}

/* Where a curve is at a time; false where it is not there then. */
static bool curve_at(const struct chart_curve *curve, double time, double *memory)
{
	const struct point *points = curve->points.items;
	size_t low = 0, high = curve->points.count - 1;

	if (time < points[0].x || time > points[high].x)
		return false;
	while (low + 1 < high) {
		size_t middle = (low + high) / 2;

		if (points[middle].x <= time)
			low = middle;
		else
			high = middle;
	}
	*memory = points[low].y;
	if (points[high].x > points[low].x)
		*memory += (points[high].y - points[low].y) * (time - points[low].x) /
			   (points[high].x - points[low].x);
	return true;
}

static bool draw_marker_at(const struct figure *figure, size_t number, double time)
{
	double memory;

	if (!curve_at(&figure->chart->curves.items[number], time, &memory))
		return false;
	draw_marker(
		figure, number, (struct point){figure_x(figure, time), figure_y(figure, memory)});
	return true;
}

/* Staggered, so that those of curves on each other stay apart; a short curve has one. */
static void draw_markers(const struct figure *figure, size_t number)
{
	const struct chart_curve *curve = &figure->chart->curves.items[number];
	const struct axis *time = &figure->chart->time;
	double phase = ((double)number + 0.5) / (double)figure->chart->curves.count;
	bool any = false;

	for (unsigned i = 0; i < MARKERS; i++)
		any |= draw_marker_at(figure, number,
			time->from + (time->to - time->from) * (i + phase) / MARKERS);
	if (!any)
		draw_marker_at(figure, number,
			(curve->points.items[0].x +
				curve->points.items[curve->points.count - 1].x) /
				2);
}

/* The points of a curve in the figure, to be freed; NULL when out of memory. */
static struct point *place_points(const struct figure *figure, const struct point_vec *curve)
{
	struct point *points = malloc((curve->count + 2) * sizeof *points);

	for (size_t i = 0; points && i < curve->count; i++)
		points[i] = (struct point){
			figure_x(figure, curve->items[i].x), figure_y(figure, curve->items[i].y)};
	return points;
}

/* What is under an only curve; where there are bands, the rest of it. */
void figure_draw_under(struct figure *figure)
{
	const struct point_vec *curve = &figure->chart->curves.items[0].points;
	size_t count = curve->count;
	struct point *area;

	if (figure->chart->curves.count > 1)
		return;
	area = place_points(figure, curve);
	figure->failed |= !area;
	if (!area)
		return;
	area[count] = (struct point){area[count - 1].x, figure->layout.plot.bottom};
	area[count + 1] = (struct point){area[0].x, figure->layout.plot.bottom};
	figure->ops->area(figure->canvas, area, count + 2, style_color(0), UNDER_CURVE);
	free(area);
}

static struct pen curve_pen(const struct chart *chart, size_t number)
{
	return (struct pen){
		.color = style_color(number),
		.width = chart->curves.items[number].child ? CHILD_WIDTH : CURVE_WIDTH,
		.opacity = 1,
		.dash = style_dash(number),
	};
}

static void title_curve(const struct figure *figure, const struct chart_curve *curve)
{
	char peak[AMOUNT_SIZE], time[AMOUNT_SIZE], slope[AMOUNT_SIZE];
	bool sloping = figure->chart->has_slopes && curve->summary.has_slope;
	char *title = NULL;

	amount_memory(curve->summary.peak.y, peak);
	amount_time(curve->summary.peak.x, time);
	amount_slope(curve->summary.slope, slope);
	if (asprintf(&title, "%s\npeak %s at %s%s%s", curve->name, peak, time,
		    sloping ? "\nslope " : "", sloping ? slope : "") < 0)
		title = NULL;
	figure->ops->begin(figure->canvas, title ? title : curve->name);
	free(title);
}

static void draw_curve(struct figure *figure, size_t number)
{
	const struct chart_curve *curve = &figure->chart->curves.items[number];
	const struct pen pen = curve_pen(figure->chart, number);
	struct point *points = place_points(figure, &curve->points);

	figure->failed |= !points;
	if (!points)
		return;
	title_curve(figure, curve);
	figure->ops->line(figure->canvas, points, curve->points.count, &pen);
	if (figure->chart->curves.count > 1 || curve->points.count == 1)
		draw_markers(figure, number);
	figure->ops->end(figure->canvas);
	free(points);
}

/* Moves an end of a line into the plot, along the line. */
static struct point clip_end(const struct box *plot, struct point end, struct point other)
{
	double y = end.y < plot->top ? plot->top : plot->bottom;

	if (end.y >= plot->top && end.y <= plot->bottom)
		return end;
	return (struct point){end.x + (other.x - end.x) * (y - end.y) / (other.y - end.y), y};
}

static void draw_slope(const struct figure *figure, size_t number)
{
	const struct chart *chart = figure->chart;
	const struct chart_curve *curve = &chart->curves.items[number];
	const struct pen pen = {
		.color = style_color(number), .width = 1.1, .opacity = 0.9, .dash = slope_dash};
	double from = curve->points.items[0].x;
	double to = curve->points.items[curve->points.count - 1].x;
	struct point a = {
		figure_x(figure, from), figure_y(figure, chart_slope_at(chart, curve, from))};
	struct point b = {figure_x(figure, to), figure_y(figure, chart_slope_at(chart, curve, to))};
	struct point start = clip_end(&figure->layout.plot, a, b);
	struct point end = clip_end(&figure->layout.plot, b, a);

	if (curve->summary.has_slope && start.x <= end.x)
		figure_line(figure, start.x, start.y, end.x, end.y, &pen);
}

void figure_draw_curves(struct figure *figure)
{
	size_t count = figure->chart->curves.count;

	for (size_t i = count; i-- > 0;) /* the first one over all others */
		draw_curve(figure, i);
	for (size_t i = 0; figure->chart->has_slopes && i < count; i++)
		draw_slope(figure, i);
}

void figure_draw_curve_swatch(const struct figure *figure, size_t number, struct point at)
{
	const struct pen pen = curve_pen(figure->chart, number);
	double y = at.y - TEXT_SIZE * 0.35;

	figure_line(figure, at.x, y, at.x + SWATCH_WIDTH, y, &pen);
	if (figure->chart->curves.count > 1)
		draw_marker(figure, number, (struct point){at.x + SWATCH_WIDTH / 2, y});
}

void figure_draw_peak(const struct figure *figure)
{
	static const struct pen pen = {
		.color = INK, .width = 0.9, .opacity = 0.75, .dash = peak_dash};
	const struct box *plot = &figure->layout.plot;
	const struct chart *chart = figure->chart;
	double y = figure_y(figure, chart->peak.y);
	double x = chart->peak_has_time ? figure_x(figure, chart->peak.x) : plot->right;
	bool at_right = x > (plot->left + plot->right) / 2;
	char text[2 * AMOUNT_SIZE];

	chart_describe_peak(chart, text);
	figure->ops->begin(figure->canvas, text);
	figure_line(figure, plot->left, y, plot->right, y, &pen);
	if (chart->peak_has_time)
		figure_line(figure, x, y, x, plot->bottom, &pen);
	figure_text(figure, x + (at_right ? -6 : 6), y - 7, text,
		at_right ? ANCHOR_END : ANCHOR_START, INK);
	figure->ops->end(figure->canvas);
}

/* What each curve came to between two times. */
static char *describe_strip(const struct figure *figure, double from, double to)
{
	const struct chart *chart = figure->chart;
	struct strbuf buf = {0};
	char text[AMOUNT_SIZE];
	double memory;

	amount_time((from + to) / 2, text);
	strbuf_add(&buf, text);
	for (size_t i = 0; i < chart->curves.count && i < STRIP_CURVES; i++) {
		const struct chart_curve *curve = &chart->curves.items[i];

		if (!curve_at(curve, (from + to) / 2, &memory))
			continue;
		for (size_t j = 0; j < curve->points.count; j++)
			if (curve->points.items[j].x >= from && curve->points.items[j].x < to)
				memory = fmax(memory, curve->points.items[j].y);
		amount_memory(memory, text);
		strbuf_addf(&buf, "\n%s: %s", curve->name, text);
	}
	return strbuf_take(&buf);
}

/* Nothing to be seen, but the mouse finds it. */
void figure_draw_strips(struct figure *figure)
{
	const struct axis *axis = &figure->chart->time;
	double width = (axis->to - axis->from) / STRIPS;

	if (!figure->ops->has_titles)
		return;
	for (unsigned i = 0; i < STRIPS; i++) {
		double from = axis->from + i * width;
		struct box box = figure->layout.plot;
		char *title = describe_strip(figure, from, from + width);

		if (!title)
			continue;
		box.left = figure_x(figure, from);
		box.right = figure_x(figure, from + width);
		figure->ops->begin(figure->canvas, title);
		figure_box(figure, &box, PAPER, 0);
		figure->ops->end(figure->canvas);
		free(title);
	}
}
