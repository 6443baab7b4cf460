/* The bands of a figure: areas, one over the other, each with a letter where there is room. */
#include "plot/figure_internal.h"
#include "plot/style.h"

#include <stdio.h>
#include <stdlib.h>

#define EDGE 0.8
#define LETTER_ROOM 16.0 /* of height */

/* The curve itself has the first one. */
static size_t band_style(size_t band)
{
	return band + 1;
}

static void draw_letter(const struct figure *figure, const struct point *low,
	const struct point *high, size_t count, size_t band)
{
	const char letter[] = {style_letter(band), '\0'};
	const struct type type = {
		.size = TEXT_SIZE, .color = INK, .anchor = ANCHOR_MIDDLE, .bold = true};
	size_t best = 0;

	/* Where it is as high for two moments as nowhere else. */
	for (size_t i = 0; i + 1 < count; i++)
		if (low[i].y - high[i].y >= low[best].y - high[best].y &&
			low[i + 1].y - high[i + 1].y >= low[best].y - high[best].y)
			best = i;
	if (low[best].y - high[best].y >= LETTER_ROOM && best + 1 < count)
		figure->ops->text(figure->canvas,
			(struct point){(low[best].x + low[best + 1].x) / 2,
				(low[best].y + high[best].y + low[best + 1].y + high[best + 1].y) /
						4 +
					TEXT_SIZE * 0.35},
			letter, &type);
}

static void draw_band(const struct figure *figure, struct point *points, size_t number)
{
	const struct chart_band *band = &figure->chart->bands.items[number];
	const struct pen pen = {
		.color = style_color(band_style(number)), .width = EDGE, .opacity = 1};
	size_t count = band->high.count;
	struct point *low = points + count;

	for (size_t i = 0; i < count; i++) {
		const struct point *top = &band->high.items[i];
		const struct point *bottom = &band->low.items[count - 1 - i];

		points[i] = (struct point){figure_x(figure, top->x), figure_y(figure, top->y)};
		low[i] = (struct point){figure_x(figure, bottom->x), figure_y(figure, bottom->y)};
	}
	figure->ops->begin(figure->canvas, band->name);
	figure->ops->area(figure->canvas, points, 2 * count, style_light(band_style(number)), 1);
	figure->ops->line(figure->canvas, points, count, &pen);
	for (size_t i = 0; i < count / 2; i++) { /* as those above */
		struct point other = low[i];

		low[i] = low[count - 1 - i];
		low[count - 1 - i] = other;
	}
	draw_letter(figure, low, points, count, number);
	figure->ops->end(figure->canvas);
}

void figure_draw_bands(struct figure *figure)
{
	for (size_t i = 0; i < figure->chart->bands.count; i++) {
		size_t count = figure->chart->bands.items[i].high.count;
		struct point *points = malloc((2 * count + 1) * sizeof *points);

		if (points && count)
			draw_band(figure, points, i);
		figure->failed |= !points;
		free(points);
	}
}

void figure_draw_band_swatch(const struct figure *figure, size_t band, struct point at)
{
	const char letter[] = {style_letter(band), '\0'};
	const struct type type = {
		.size = TEXT_SIZE, .color = INK, .anchor = ANCHOR_MIDDLE, .bold = true};
	const struct box box = {at.x + 4, at.y - 10, at.x + SWATCH_WIDTH - 4, at.y + 2};

	figure_box(figure, &box, style_light(band_style(band)), 1);
	figure_outline(figure, &box, style_color(band_style(band)));
	figure->ops->text(
		figure->canvas, (struct point){at.x + SWATCH_WIDTH / 2, at.y}, letter, &type);
}
