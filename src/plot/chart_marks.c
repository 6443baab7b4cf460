/* The marks of a chart. */
#include "plot/chart_marks.h"

#include "plot/text.h"

#include <stdlib.h>
#include <string.h>

#define MS_PER_SECOND 1000.0

/* Of one name, marks that come at once are one line. */
static struct chart_mark *find_near(struct chart *chart, const char *name, double time, double near)
{
	for (size_t i = chart->marks.count; i-- > 0;) {
		struct chart_mark *mark = &chart->marks.items[i];

		if (time - mark->time >= near)
			return NULL;
		if (!strcmp(mark->name, name))
			return mark;
	}
	return NULL;
}

static struct ptmem_error *add_mark(
	struct chart *chart, const struct passing *passing, const struct view *view, double near)
{
	double time = (double)passing->time / MS_PER_SECOND - view->start;
	char *name = text_clean(passing->name);
	struct chart_mark *mark = name ? find_near(chart, name, time, near) : NULL;
	struct chart_mark *new = NULL;

	if (name && !mark && chart->marks.count < CHART_MARKS_MOST)
		new = vec_append(&chart->marks);
	if (new) {
		*new = (struct chart_mark){.name = name, .time = time};
		return NULL;
	}
	chart->marks_left_out += name && !mark;
	free(name);
	return name && (mark || chart->marks.count >= CHART_MARKS_MOST) ? NULL : &error_no_memory;
}

struct ptmem_error *chart_add_marks(
	struct chart *chart, const struct chart_source *source, const struct view *view)
{
	double near = (view->to - view->from) / CHART_MARKS_MOST;
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && source->passings && i < source->passings->count; i++) {
		const struct passing *passing = &source->passings->items[i];
		double time = (double)passing->time / MS_PER_SECOND - view->start;

		if (time >= view->from && time <= view->to)
			error = add_mark(chart, passing, view, near);
	}
	if (!error && source->passings)
		chart->marks_left_out += source->passings_left_out;
	return error;
}
