/* The marks of a figure: lines from top to bottom, with their names beside them. */
#include "plot/figure_internal.h"
#include "plot/text.h"

#define LEVELS 5 /* names that stand one over the other, since those side by side may be long */
#define LEVEL_HEIGHT 15.0
#define BESIDE 4.0
#define PAPER_OPACITY 0.75

static const double mark_dash[] = {2, 3, 0};

static void draw_mark(struct figure *figure, const struct chart_mark *mark, size_t level)
{
	static const struct pen pen = {
		.color = INK, .width = 0.9, .opacity = 0.8, .dash = mark_dash};
	const struct type type = {.size = TEXT_SIZE, .color = INK};
	const struct box *plot = &figure->layout.plot;
	double x = figure_x(figure, mark->time), width = text_width(mark->name, TEXT_SIZE);
	double y = plot->bottom - 6 - (double)level * LEVEL_HEIGHT;
	double most = (plot->right - plot->left) / 3;
	struct box paper;

	width = width < most ? width : most;
	if (x + BESIDE + width > plot->right)
		x -= width + 2 * BESIDE;
	paper = (struct box){x + BESIDE - 2, y - TEXT_SIZE, x + BESIDE + width + 2, y + 3};
	figure->ops->begin(figure->canvas, mark->name);
	figure_line(figure, figure_x(figure, mark->time), plot->top, figure_x(figure, mark->time),
		plot->bottom, &pen);
	figure_box(figure, &paper, PAPER, PAPER_OPACITY);
	figure_short_text(figure, (struct point){x + BESIDE, y}, mark->name, &type, width + 1);
	figure->ops->end(figure->canvas);
}

void figure_draw_marks(struct figure *figure)
{
	for (size_t i = 0; i < figure->chart->marks.count; i++)
		draw_mark(figure, &figure->chart->marks.items[i], i % LEVELS);
}
