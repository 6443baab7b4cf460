/* What of a curve can be seen. */
#include "plot/reduce.h"

#include <math.h>

/* One column while samples go by. */
struct column {
	unsigned number;
	size_t count;
	struct point first, lowest, highest, last;
};

/* Sums for least squares, of times from the view's beginning on. */
struct sums {
	double count, time, memory, time_time, time_memory;
};

/* The first sample that is not before a time. */
static size_t first_at(const struct series_curve *curve, double time)
{
	size_t low = 0, high = curve->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (curve->samples[middle].time < time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct point point_of(const struct series_sample *sample, const struct view *view)
{
	return (struct point){sample->time - view->start, sample->memory};
}

static bool add_point(struct point_vec *points, struct point point)
{
	const struct point *last = points->count ? &points->items[points->count - 1] : NULL;
	struct point *new;

	if (last && last->x == point.x && last->y == point.y)
		return true;
	new = vec_append(points);
	if (new)
		*new = point;
	return new;
}

static bool end_column(struct point_vec *points, const struct column *column)
{
	bool down = column->lowest.x > column->highest.x;

	return !column->count ||
	       (add_point(points, column->first) &&
		       add_point(points, down ? column->highest : column->lowest) &&
		       add_point(points, down ? column->lowest : column->highest) &&
		       add_point(points, column->last));
}

static void begin_column(struct column *column, unsigned number, struct point point)
{
	*column = (struct column){number, 1, point, point, point, point};
}

static void widen_column(struct column *column, struct point point)
{
	column->count++;
	column->last = point;
	if (point.y < column->lowest.y)
		column->lowest = point;
	if (point.y > column->highest.y)
		column->highest = point;
}

/* Where the line from a sample to the next one is at a time between them. */
static bool add_crossing(struct point_vec *points, const struct series_sample *before,
	const struct view *view, double time)
{
	struct point a = point_of(before, view), b = point_of(before + 1, view);
	double part = b.x > a.x ? (time - a.x) / (b.x - a.x) : 0;

	return add_point(points, (struct point){time, a.y + (b.y - a.y) * part});
}

static void sum_up(struct sums *sums, double time, double memory)
{
	sums->count++;
	sums->time += time;
	sums->memory += memory;
	sums->time_time += time * time;
	sums->time_memory += time * memory;
}

static void fit_line(const struct sums *sums, double duration, struct summary *summary)
{
	double spread = sums->time_time - sums->time * sums->time / sums->count;
	double common = sums->time_memory - sums->time * sums->memory / sums->count;

	/* Samples at one moment have no slope; nor has what rounding leaves of them. */
	if (sums->count < 2 || !(spread > 1e-12 * duration * duration))
		return;
	summary->has_slope = true;
	summary->slope = common / spread;
	summary->at_start = (sums->memory - summary->slope * sums->time) / sums->count;
}

static bool add_samples(const struct series_curve *curve, size_t from, size_t to,
	const struct view *view, struct point_vec *points, struct summary *summary)
{
	double scale = view->columns / (view->to - view->from);
	struct column column = {0};
	struct sums sums = {0};

	for (size_t i = from; i < to; i++) {
		struct point point = point_of(&curve->samples[i], view);
		double place = (point.x - view->from) * scale;
		unsigned number = place > 0 ? (unsigned)place : 0;

		if (!column.count || number != column.number) {
			if (!end_column(points, &column))
				return false;
			begin_column(&column, number, point);
		} else {
			widen_column(&column, point);
		}
		if (!summary->count++ || point.y > summary->peak.y)
			summary->peak = point;
		sum_up(&sums, point.x - view->from, point.y);
	}
	if (sums.count)
		fit_line(&sums, view->to - view->from, summary);
	return end_column(points, &column);
}

/* A line may come into view from above all samples in it. */
static void find_top(const struct point_vec *points, size_t before, struct summary *summary)
{
	for (size_t i = before; i < points->count; i++) {
		const struct point *point = &points->items[i];

		if (point->y > summary->top)
			summary->top = point->y;
		if (!summary->count && (i == before || point->y > summary->peak.y))
			summary->peak = *point;
	}
}

bool reduce_curve(const struct series_curve *curve, const struct view *view,
	struct point_vec *points, struct summary *summary)
{
	size_t from = first_at(curve, view->start + view->from);
	size_t to = first_at(curve, nextafter(view->start + view->to, INFINITY));
	size_t before = points->count;

	*summary = (struct summary){0};
	if (from && from < curve->count &&
		!add_crossing(points, &curve->samples[from - 1], view, view->from))
		return false;
	if (!add_samples(curve, from, to, view, points, summary))
		return false;
	if (to && to < curve->count &&
		!add_crossing(points, &curve->samples[to - 1], view, view->to))
		return false;
	find_top(points, before, summary);
	return true;
}
