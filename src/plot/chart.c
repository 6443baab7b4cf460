/* A chart: curves, and the axes that they make. */
#include "plot/chart.h"

#include "base/strbuf.h"
#include "plot/chart_bands.h"
#include "plot/chart_calls.h"
#include "plot/chart_marks.h"
#include "plot/text.h"

#include <stdio.h>
#include <stdlib.h>

#define NEARLY 1.001        /* times the highest sample: what may be taken for it */
#define LEAST_DURATION 1e-4 /* seconds; what is shorter is a single moment */
#define MOMENT_DURATION 1.0 /* that are shown of it */

static void curve_deinit(struct chart_curve *curve)
{
	free(curve->name);
	vec_deinit(&curve->points);
}

static void band_deinit(struct chart_band *band)
{
	free(band->name);
	vec_deinit(&band->low);
	vec_deinit(&band->high);
}

void chart_deinit(struct chart *chart)
{
	for (size_t i = 0; i < chart->curves.count; i++)
		curve_deinit(&chart->curves.items[i]);
	for (size_t i = 0; i < chart->bands.count; i++)
		band_deinit(&chart->bands.items[i]);
	for (size_t i = 0; i < chart->functions.count; i++)
		free(chart->functions.items[i].name);
	for (size_t i = 0; i < chart->marks.count; i++)
		free(chart->marks.items[i].name);
	vec_deinit(&chart->marks);
	vec_deinit(&chart->curves);
	vec_deinit(&chart->bands);
	vec_deinit(&chart->functions);
	vec_deinit(&chart->calls);
	free(chart->title);
	*chart = (struct chart){0};
}

/* When the first sample of a series was taken, and its last one. */
static void span_curve(const struct series_curve *curve, double *first, double *last, bool *any)
{
	if (!curve->count)
		return;
	if (!*any || curve->samples[0].time < *first)
		*first = curve->samples[0].time;
	if (!*any || curve->samples[curve->count - 1].time > *last)
		*last = curve->samples[curve->count - 1].time;
	*any = true;
}

static void span_series(const struct series *series, double *first, double *last)
{
	bool any = false;

	*first = *last = 0;
	span_curve(&series->whole, first, last, &any);
	for (size_t i = 0; i < series->child_count; i++)
		span_curve(&series->children[i], first, last, &any);
}

static void choose_view(struct view *view, const struct chart_source *sources, size_t count,
	const struct chart_options *options)
{
	double first, last;

	*view = (struct view){.columns = options->columns};
	for (size_t i = 0; i < count; i++) {
		span_series(sources[i].series, &first, &last);
		if (last - first > view->to)
			view->to = last - first;
	}
	if (view->to < LEAST_DURATION)
		view->to = MOMENT_DURATION;
	if (options->has_window) {
		view->from = options->from;
		view->to = options->to;
	}
}

/* Children of an only file need not say whose. */
static char *child_name(const struct chart_source *source, size_t count, pid_t pid)
{
	struct strbuf buf = {0};
	char *name, *clean = NULL;

	if (count > 1)
		strbuf_addf(&buf, "%s: ", source->name);
	strbuf_addf(&buf, "child %ld", (long)pid);
	name = strbuf_take(&buf);
	if (name)
		clean = text_clean(name);
	free(name);
	return clean;
}

/* Nothing is added where nothing of the curve is in view. */
static struct ptmem_error *add_curve(struct chart *chart, const struct series_curve *from,
	const struct view *view, bool child, char *name)
{
	struct chart_curve curve = {.name = name, .child = child}, *new;

	if (!name || !reduce_curve(from, view, &curve.points, &curve.summary)) {
		curve_deinit(&curve);
		return &error_no_memory;
	}
	if (!curve.points.count) {
		curve_deinit(&curve);
		return NULL;
	}
	new = vec_append(&chart->curves);
	if (!new) {
		curve_deinit(&curve);
		return &error_no_memory;
	}
	*new = curve;
	return NULL;
}

static int compare_peaks(const void *a, const void *b)
{
	const struct chart_curve *left = a, *right = b;
	double difference = right->summary.peak.y - left->summary.peak.y;

	if (left->child != right->child)
		return left->child ? 1 : -1;
	return (difference > 0) - (difference < 0);
}

/* Beyond what can be told apart, the highest stay. */
static void limit_curves(struct chart *chart, size_t most)
{
	if (chart->curves.count <= most)
		return;
	qsort(chart->curves.items, chart->curves.count, sizeof *chart->curves.items, compare_peaks);
	while (chart->curves.count > most) {
		curve_deinit(&chart->curves.items[--chart->curves.count]);
		chart->curves_left_out++;
	}
}

static struct ptmem_error *add_series(struct chart *chart, const struct chart_source *source,
	size_t count, const struct view *view)
{
	const struct series *series = source->series;
	struct ptmem_error *error =
		add_curve(chart, &series->whole, view, false, text_clean(source->name));

	for (size_t i = 0; !error && i < series->child_count; i++) {
		pid_t pid = series->children[i].pid;

		error = add_curve(
			chart, &series->children[i], view, true, child_name(source, count, pid));
		limit_curves(chart, 2 * CHART_CURVES_MOST); /* there may be a million of them */
	}
	return error;
}

/* The highest sample; or what the only file says, where all of it is in view. */
static void find_peak(struct chart *chart, const struct chart_source *sources, size_t count,
	const struct chart_options *options)
{
	for (size_t i = 0; i < chart->curves.count; i++) {
		struct point peak = chart->curves.items[i].summary.peak;

		if (!chart->peak_has_time || peak.y > chart->peak.y)
			chart->peak = peak;
		chart->peak_has_time = true;
	}
	if (count == 1 && !options->has_window && sources->series->has_peak &&
		sources->series->peak > chart->peak.y * NEARLY) {
		chart->peak.y = sources->series->peak;
		chart->peak_has_time = false;
	}
}

static double find_top(const struct chart *chart)
{
	double top = chart->peak.y;

	for (size_t i = 0; i < chart->curves.count; i++)
		if (chart->curves.items[i].summary.top > top)
			top = chart->curves.items[i].summary.top;
	return top;
}

static struct ptmem_error *fill(struct chart *chart, const struct chart_source *sources,
	size_t count, const struct chart_options *options, struct view *view)
{
	struct ptmem_error *error = NULL;
	struct texts names = {0};
	double last;

	for (size_t i = 0; !error && i < count; i++) {
		span_series(sources[i].series, &view->start, &last);
		error = add_series(chart, &sources[i], count, view);
		if (!error && (options->brackets || options->flame))
			error = chart_add_calls(chart, &names, sources[i].series, view);
	}
	texts_deinit(&names);
	if (!error && count == 1)
		error = chart_add_bands(chart, sources, view);
	if (!error && count == 1)
		error = chart_add_marks(chart, sources, view);
	if (error)
		return error;
	if (!chart->curves.count)
		return error_new(ERROR_USAGE, "--window: nothing was measured between %g and %g s",
			view->from, view->to);
	limit_curves(chart, CHART_CURVES_MOST);
	find_peak(chart, sources, count, options);
	return chart_arrange_calls(chart, view, options->flame);
}

static struct ptmem_error *name_chart(struct chart *chart, const struct chart_source *sources,
	size_t count, const struct chart_options *options)
{
	const char *title = options->title;

	if (!title && count == 1)
		title = sources->series->command;
	if (!title || !*title)
		return NULL;
	chart->title = text_clean(title);
	return chart->title ? NULL : &error_no_memory;
}

struct ptmem_error *chart_init(struct chart *chart, const struct chart_source *sources,
	size_t count, const struct chart_options *options)
{
	struct chart new = {.has_slopes = options->slope};
	struct ptmem_error *error;
	struct view view;

	choose_view(&view, sources, count, options);
	error = fill(&new, sources, count, options, &view);
	if (!error)
		error = name_chart(&new, sources, count, options);
	if (error) {
		chart_deinit(&new);
		return error;
	}
	new.time = axis_of_time(view.from, view.to, options->time_ticks);
	if (!options->has_window)
		axis_round_up(&new.time);
	new.memory = axis_of_memory(find_top(&new), options->memory_ticks);
	new.has_flame = options->flame &&new.calls.count;
	*chart = new;
	return NULL;
}

double chart_slope_at(const struct chart *chart, const struct chart_curve *curve, double time)
{
	return curve->summary.at_start + curve->summary.slope * (time - chart->time.from);
}

void chart_describe_function(const struct chart_function *function, char text[AMOUNT_SIZE])
{
	char duration[AMOUNT_SIZE];

	amount_time(function->duration, duration);
	if (function->calls == 1)
		snprintf(text, AMOUNT_SIZE, "%s", duration);
	else
		snprintf(text, AMOUNT_SIZE, "%zu calls, %.20s", function->calls, duration);
}

void chart_describe_peak(const struct chart *chart, char text[2 * AMOUNT_SIZE])
{
	char memory[AMOUNT_SIZE], time[AMOUNT_SIZE];

	amount_memory(chart->peak.y, memory);
	amount_time(chart->peak.x, time);
	if (chart->peak_has_time)
		snprintf(text, (size_t)2 * AMOUNT_SIZE, "peak %.40s at %.40s", memory, time);
	else
		snprintf(text, (size_t)2 * AMOUNT_SIZE, "peak %s, between samples", memory);
}

bool chart_describe_rest(const struct chart *chart, char text[4 * AMOUNT_SIZE])
{
	size_t size = (size_t)4 * AMOUNT_SIZE, length = 0;

	*text = '\0';
	if (chart->curves_left_out)
		length = (size_t)snprintf(
			text, size, "not shown: %zu lower curves", chart->curves_left_out);
	if (chart->functions_left_out)
		length += (size_t)snprintf(text + length, size - length, "%s%zu shorter functions",
			length ? ", " : "not listed: ", chart->functions_left_out);
	if (chart->calls_left_out)
		length += (size_t)snprintf(text + length, size - length, "%s%zu deeper calls",
			length ? ", " : "not shown: ", chart->calls_left_out);
	if (chart->marks_left_out)
		length += (size_t)snprintf(text + length, size - length, "%s%zu more marks",
			length ? ", " : "not shown: ", chart->marks_left_out);
	return length;
}
