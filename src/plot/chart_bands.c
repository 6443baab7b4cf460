/* The bands of a chart. */
#include "plot/chart_bands.h"

#include <string.h>

#define BYTES_PER_MIB 1048576.0
#define MS_PER_SECOND 1000.0

/* What the bands add up to, in MiB, from below: none, the first, the first two, ... */
static void stack_up(const struct moment *moment, size_t count, double *sums)
{
	double all = 0, scale;

	for (size_t i = 0; i < count; i++)
		all += moment->bands[i] > 0 ? (double)moment->bands[i] : 0;
	/* What others have given back of theirs is nobody's. */
	scale = all > (double)moment->total && all > 0 ? (double)moment->total / all : 1;
	scale = scale > 0 ? scale / BYTES_PER_MIB : 0;
	sums[0] = 0;
	for (size_t i = 0; i < count; i++)
		sums[i + 1] =
			sums[i] + (moment->bands[i] > 0 ? (double)moment->bands[i] * scale : 0);
}

static bool add_points(struct chart *chart, double time, const double *sums)
{
	for (size_t i = 0; i < chart->bands.count; i++) {
		struct chart_band *band = &chart->bands.items[i];
		struct point *low = vec_append(&band->low), *high = vec_append(&band->high);

		if (!low || !high)
			return false;
		*low = (struct point){time, sums[i]};
		*high = (struct point){time, sums[i + 1]};
	}
	return true;
}

/* Between two moments, at a time in that. */
static bool add_between(struct chart *chart, double time, const double *before, double at,
	const double *after, double then)
{
	double sums[BANDS_MOST + 1];

	for (size_t i = 0; i <= chart->bands.count; i++)
		sums[i] = before[i] + (after[i] - before[i]) * (time - at) / (then - at);
	return add_points(chart, time, sums);
}

static bool add_moments(struct chart *chart, const struct history *history, const struct view *view)
{
	double sums[BANDS_MOST + 1], last[BANDS_MOST + 1], at = 0;

	for (size_t i = 0; i < history->moments.count; i++) {
		const struct moment *moment = &history->moments.items[i];
		double time = (double)moment->time / MS_PER_SECOND - view->start;
		bool good = true;

		stack_up(moment, chart->bands.count, sums);
		if (i && at < view->from && time > view->from)
			good = add_between(chart, view->from, last, at, sums, time);
		if (time >= view->from && time <= view->to)
			good = good && add_points(chart, time, sums);
		if (i && at < view->to && time > view->to)
			good = good && add_between(chart, view->to, last, at, sums, time);
		if (!good)
			return false;
		memcpy(last, sums, sizeof last);
		at = time;
	}
	return true;
}

struct ptmem_error *chart_add_bands(
	struct chart *chart, const struct chart_source *source, const struct view *view)
{
	const struct moment *peak;

	if (!source->history || !source->history->moments.count)
		return NULL;
	peak = history_peak(source->history);
	for (size_t i = 0; i < source->bands->count; i++) {
		struct chart_band band = {.name = strdup(source->bands->names[i]),
			.at_peak = (double)peak->bands[i] / BYTES_PER_MIB};
		struct chart_band *new = band.name ? vec_append(&chart->bands) : NULL;

		if (!new)
			return &error_no_memory;
		*new = band;
	}
	return add_moments(chart, source->history, view) ? NULL : &error_no_memory;
}
