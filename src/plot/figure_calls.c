/* The calls of functions in a figure: brackets on the curve, or boxes under it. */
#include "plot/figure_internal.h"
#include "plot/style.h"
#include "plot/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define BRACKET_HEIGHT 8.0 /* up and down from where the call was entered */
#define BRACKET_WIDTH 5.0
#define LETTER_GAP 4.0
#define BOX_MARGIN 4.0
#define ROOM_FOR_NAME 60.0 /* for a part of it that says something */

/* Curves have the first ones. */
static size_t function_style(const struct chart *chart, size_t function)
{
	return chart->has_flame ? function : function + chart->curves.count;
}

/* In colour, on a white rim that sets it off. `way` is 1 for `[` and -1 for `]`. */
static void draw_bracket(const struct figure *figure, struct point at, double way, uint32_t color)
{
	const struct pen rim = {.color = PAPER, .width = 4.5, .opacity = 0.9};
	const struct pen pen = {.color = color, .width = 2, .opacity = 1};
	const struct point points[] = {
		{at.x + way * BRACKET_WIDTH, at.y - BRACKET_HEIGHT},
		{at.x, at.y - BRACKET_HEIGHT},
		{at.x, at.y + BRACKET_HEIGHT},
		{at.x + way * BRACKET_WIDTH, at.y + BRACKET_HEIGHT},
	};

	figure->ops->line(figure->canvas, points, 4, &rim);
	figure->ops->line(figure->canvas, points, 4, &pen);
}

static struct point place_of(const struct figure *figure, struct point moment)
{
	struct point at = {figure_x(figure, moment.x), figure_y(figure, moment.y)};

	/* Memory that the curve never came to, but the call did. */
	at.y = fmax(at.y, figure->layout.plot.top);
	return at;
}

/* Tells what the mouse is on; `what` is done between this and end(). */
static void begin_call(const struct figure *figure, const struct chart_call *call)
{
	const char *name = figure->chart->functions.items[call->function].name;
	char duration[AMOUNT_SIZE], entry[AMOUNT_SIZE], exit[AMOUNT_SIZE], grown[AMOUNT_SIZE];
	double growth = call->exit.y - call->entry.y;
	char *title = NULL;

	amount_time(call->exit.x - call->entry.x, duration);
	amount_time(call->entry.x, entry);
	amount_time(call->exit.x, exit);
	amount_memory(fabs(growth), grown);
	if (asprintf(&title, "%s\n%s, from %s to %s\n%s%s", name, duration, entry, exit,
		    growth < 0 ? "-" : "+", grown) < 0)
		title = NULL;
	figure->ops->begin(figure->canvas, title ? title : name);
	free(title);
}

/* Places that letters have; those at one place stand on each other. */
struct letters {
	struct point places[CHART_FUNCTIONS_MOST];
	bool drawn[CHART_FUNCTIONS_MOST];
	size_t count;
};

static void draw_letter(const struct figure *figure, struct letters *letters, size_t function,
	struct point at, uint32_t color)
{
	const char letter[] = {style_letter(function), '\0'};
	const struct type type = {
		.size = TEXT_SIZE, .color = color, .anchor = ANCHOR_MIDDLE, .bold = true};

	if (letters->drawn[function])
		return;
	letters->drawn[function] = true;
	at.y -= BRACKET_HEIGHT + LETTER_GAP;
	for (size_t i = 0; i < letters->count; i++)
		if (fabs(letters->places[i].x - at.x) < TEXT_SIZE &&
			fabs(letters->places[i].y - at.y) < TEXT_SIZE)
			at.y = letters->places[i].y - TEXT_SIZE;
	letters->places[letters->count++] = at;
	figure->ops->text(figure->canvas, at, letter, &type);
}

static void draw_call(
	const struct figure *figure, struct letters *letters, const struct chart_call *call)
{
	uint32_t color = style_color(function_style(figure->chart, call->function));

	begin_call(figure, call);
	if (call->shows_entry) {
		draw_bracket(figure, place_of(figure, call->entry), 1, color);
		draw_letter(figure, letters, call->function, place_of(figure, call->entry), color);
	}
	if (call->shows_exit)
		draw_bracket(figure, place_of(figure, call->exit), -1, color);
	figure->ops->end(figure->canvas);
}

void figure_draw_brackets(const struct figure *figure)
{
	struct letters letters = {0};

	for (size_t i = 0; i < figure->chart->calls.count; i++)
		draw_call(figure, &letters, &figure->chart->calls.items[i]);
}

void figure_outline(const struct figure *figure, const struct box *box, uint32_t color)
{
	const struct pen pen = {.color = color, .width = 0.8, .opacity = 1};
	const struct point points[] = {{box->left, box->top}, {box->right, box->top},
		{box->right, box->bottom}, {box->left, box->bottom}, {box->left, box->top}};

	figure->ops->line(figure->canvas, points, 5, &pen);
}

/* Its name as far as there is room for it, or the letter that it has in the legend. */
static void name_flame(struct figure *figure, const struct box *box, size_t function)
{
	const struct type type = {.size = BOX_TEXT_SIZE, .color = 0x000000};
	const char letter[] = {style_letter(function), '\0'};
	const char *name = figure->chart->functions.items[function].name;
	double room = box->right - box->left - 2 * BOX_MARGIN;

	if (room < ROOM_FOR_NAME && room < text_width(name, BOX_TEXT_SIZE))
		name = function < CHART_FUNCTIONS_MOST ? letter : "";
	if (room >= text_width(letter, BOX_TEXT_SIZE))
		figure_short_text(figure,
			(struct point){box->left + BOX_MARGIN, box->bottom - BOX_MARGIN - 1}, name,
			&type, room);
}

static void draw_flame(struct figure *figure, const struct chart_call *call)
{
	const struct box *plot = &figure->layout.plot;
	size_t style = function_style(figure->chart, call->function);
	double bottom = figure->layout.flames.bottom - call->row * FLAME_HEIGHT;
	struct box box = {fmax(figure_x(figure, call->entry.x), plot->left),
		bottom - FLAME_HEIGHT + 1, fmin(figure_x(figure, call->exit.x), plot->right),
		bottom - 1};

	begin_call(figure, call);
	figure_box(figure, &box, style_light(style), 1);
	figure_outline(figure, &box, style_color(style));
	name_flame(figure, &box, call->function);
	figure->ops->end(figure->canvas);
}

void figure_draw_flames(struct figure *figure)
{
	for (size_t i = 0; i < figure->chart->calls.count; i++)
		draw_flame(figure, &figure->chart->calls.items[i]);
}

void figure_draw_swatch(const struct figure *figure, size_t function, struct point at)
{
	size_t style = function_style(figure->chart, function);
	struct type type = {.size = TEXT_SIZE,
		.color = style_color(style),
		.anchor = ANCHOR_MIDDLE,
		.bold = true};
	const char letter[] = {style_letter(function), '\0'};
	struct box box = {at.x + 4, at.y - 10, at.x + SWATCH_WIDTH - 4, at.y + 2};
	double y = at.y - TEXT_SIZE * 0.35;

	if (figure->chart->has_flame) {
		figure_box(figure, &box, style_light(style), 1);
		figure_outline(figure, &box, style_color(style));
		type.color = 0x000000;
	} else {
		draw_bracket(figure, (struct point){at.x + 3, y}, 1, style_color(style));
		draw_bracket(
			figure, (struct point){at.x + SWATCH_WIDTH - 3, y}, -1, style_color(style));
	}
	figure->ops->text(
		figure->canvas, (struct point){at.x + SWATCH_WIDTH / 2, at.y}, letter, &type);
}
