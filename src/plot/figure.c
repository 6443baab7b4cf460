/* A chart as a picture: its frame, which is title, axes and legend, and the order of what is in it.
 */
#include "plot/figure.h"

#include "plot/figure_internal.h"
#include "plot/text.h"

#include <stdio.h>
#include <stdlib.h>

#define TICK 5.0

double figure_x(const struct figure *figure, double time)
{
	double place = axis_place(&figure->chart->time, time);

	return figure->layout.plot.left +
	       place * (figure->layout.plot.right - figure->layout.plot.left);
}

double figure_y(const struct figure *figure, double memory)
{
	double place = axis_place(&figure->chart->memory, memory);

	return figure->layout.plot.bottom -
	       place * (figure->layout.plot.bottom - figure->layout.plot.top);
}

void figure_line(const struct figure *figure, double x1, double y1, double x2, double y2,
	const struct pen *pen)
{
	const struct point points[] = {{x1, y1}, {x2, y2}};

	figure->ops->line(figure->canvas, points, 2, pen);
}

void figure_box(const struct figure *figure, const struct box *box, uint32_t color, double opacity)
{
	const struct point points[] = {{box->left, box->top}, {box->right, box->top},
		{box->right, box->bottom}, {box->left, box->bottom}};

	figure->ops->area(figure->canvas, points, 4, color, opacity);
}

void figure_text(const struct figure *figure, double x, double y, const char *text,
	enum anchor anchor, uint32_t color)
{
	const struct type type = {.size = TEXT_SIZE, .color = color, .anchor = anchor};

	figure->ops->text(figure->canvas, (struct point){x, y}, text, &type);
}

/* Text that must fit in a width. */
void figure_short_text(struct figure *figure, struct point at, const char *text,
	const struct type *type, double width)
{
	char *fitting = text_shorten(text, type->size, width);

	if (fitting)
		figure->ops->text(figure->canvas, at, fitting, type);
	else
		figure->failed = true;
	free(fitting);
}

static void draw_title(struct figure *figure)
{
	const struct type type = {.size = TITLE_SIZE, .color = INK, .bold = true};

	/* Bold letters are wider than the table has them. */
	if (figure->chart->title)
		figure_short_text(figure, figure->layout.title, figure->chart->title, &type,
			(figure->layout.width - 2 * figure->layout.title.x) / 1.13);
}

static void draw_memory_axis(const struct figure *figure)
{
	static const struct pen grid = {.color = GRID, .width = 1, .opacity = 1};
	const struct box *plot = &figure->layout.plot;
	const struct axis *axis = &figure->chart->memory;
	char text[AMOUNT_SIZE];

	for (size_t i = 0; i < axis->count; i++) {
		double y = figure_y(figure, axis_tick(axis, i));

		axis_label(axis, i, text);
		if (y < plot->bottom - 0.5)
			figure_line(figure, plot->left, y, plot->right, y, &grid);
		figure_text(figure, plot->left - TICK - 4, y + TEXT_SIZE * 0.35, text, ANCHOR_END,
			FAINT_INK);
	}
	snprintf(text, sizeof text, "memory (%s)", axis->unit->name);
	figure_text(figure, figure->layout.title.x, plot->top - 10, text, ANCHOR_START, FAINT_INK);
}

static void draw_time_axis(const struct figure *figure)
{
	static const struct pen ink = {.color = FAINT_INK, .width = 1, .opacity = 1};
	const struct box *plot = &figure->layout.plot;
	const struct axis *axis = &figure->chart->time;
	double bottom = figure->layout.flames.bottom;
	char text[AMOUNT_SIZE];

	figure_line(figure, plot->left, plot->bottom, plot->right, plot->bottom, &ink);
	for (size_t i = 0; i < axis->count; i++) {
		double x = figure_x(figure, axis_tick(axis, i));

		axis_label(axis, i, text);
		figure_line(figure, x, bottom, x, bottom + TICK, &ink);
		figure_text(
			figure, x, bottom + TICK + TEXT_SIZE + 2, text, ANCHOR_MIDDLE, FAINT_INK);
	}
	snprintf(text, sizeof text, "time (%s)", axis->unit->name);
	figure_text(figure, (plot->left + plot->right) / 2, bottom + TICK + 2 * TEXT_SIZE + 10,
		text, ANCHOR_MIDDLE, FAINT_INK);
}

static void draw_entry(struct figure *figure, const struct grid *grid, size_t number,
	const struct legend_entry *entry)
{
	const struct type type = {.size = TEXT_SIZE, .color = INK};
	struct point at = layout_entry(grid, number);

	at.x += SWATCH_WIDTH + SWATCH_GAP;
	figure_short_text(figure, at, entry->name, &type, layout_name(grid, number));
	figure_text(figure, at.x + layout_name(grid, number) + SWATCH_GAP, at.y, entry->detail,
		ANCHOR_START, FAINT_INK);
}

static void draw_legend(struct figure *figure, const struct legend *legend)
{
	const struct layout *layout = &figure->layout;

	for (size_t i = 0; i < legend->curves.count; i++) {
		struct point at = layout_entry(&layout->curves, i);

		draw_entry(figure, &layout->curves, i, &legend->curves.items[i]);
		figure_draw_curve_swatch(figure, i, at);
	}
	for (size_t i = 0; i < legend->bands.count; i++) {
		draw_entry(figure, &layout->bands, i, &legend->bands.items[i]);
		figure_draw_band_swatch(figure, i, layout_entry(&layout->bands, i));
	}
	for (size_t i = 0; i < legend->functions.count; i++) {
		draw_entry(figure, &layout->functions, i, &legend->functions.items[i]);
		figure_draw_swatch(figure, i, layout_entry(&layout->functions, i));
	}
	if (*legend->rest)
		figure_text(figure, layout->rest.x, layout->rest.y, legend->rest, ANCHOR_START,
			FAINT_INK);
}

static void draw(struct figure *figure, const struct legend *legend)
{
	draw_title(figure);
	draw_memory_axis(figure);
	figure_draw_strips(figure);
	figure_draw_under(figure);
	figure_draw_bands(figure);
	figure_draw_curves(figure);
	figure_draw_marks(figure);
	figure_draw_peak(figure);
	if (figure->chart->has_flame)
		figure_draw_flames(figure);
	else
		figure_draw_brackets(figure);
	draw_time_axis(figure);
	draw_legend(figure, legend);
}

struct ptmem_error *figure_write(const struct chart *chart, const struct canvas_ops *ops, FILE *out)
{
	struct figure figure = {.chart = chart, .ops = ops};
	struct ptmem_error *error;
	struct legend legend;

	error = legend_init(&legend, chart);
	if (error)
		return error;
	figure.layout = layout_of(chart, &legend);
	error = ops->create(out, figure.layout.width, figure.layout.height, &figure.canvas);
	if (!error) {
		draw(&figure, &legend);
		error = ops->finish(figure.canvas);
	}
	legend_deinit(&legend);
	if (!error && figure.failed)
		error = &error_no_memory;
	return error;
}
