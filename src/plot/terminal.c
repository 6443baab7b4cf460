/* A chart as text for a terminal. */
#include "plot/terminal.h"

#include "plot/legend.h"
#include "plot/raster.h"
#include "plot/style.h"
#include "plot/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_COLUMNS 14 /* a tick of the time axis, with what is between two */
#define ROWS_A_TICK 3
#define PLOT_ROWS_LEAST 8
#define PLOT_ROWS_MOST 24
#define PLOT_COLUMNS_LEAST 16
#define OTHER_ROWS 6 /* title, unit, axis, its labels, peak, prompt */
#define SLOPE_STRIDE 3

/* What axes and dashes are made of. */
struct shapes {
	const char *tick, *side, *corner, *line, *time_tick, *dash, *dash_down, *ellipsis;
};

static const struct shapes unicode_shapes = {"┤", "│", "└", "─", "┬", "╌", "╎", "…"};
static const struct shapes ascii_shapes = {"+", "|", "+", "-", "+", "-", ":", "..."};

/* One print of a chart. */
struct print {
	const struct chart *chart;
	const struct terminal *terminal;
	const struct shapes *shapes;
	struct raster raster;
	struct strbuf *out;
	size_t label_width; /* of the memory axis */
	size_t plot_rows;   /* of the raster; rows of flames follow */
	bool failed;
};

unsigned terminal_columns(const struct terminal *terminal)
{
	return 2 * terminal->width;
}

unsigned terminal_time_ticks(const struct terminal *terminal)
{
	unsigned ticks = terminal->width / LABEL_COLUMNS;

	return ticks < 2 ? 2 : ticks;
}

unsigned terminal_memory_ticks(const struct terminal *terminal)
{
	unsigned ticks = terminal->height / ROWS_A_TICK / 2;

	return ticks < 2 ? 2 : ticks > 6 ? 6 : ticks;
}

static double cell_x(const struct print *print, double time)
{
	double place = axis_place(&print->chart->time, time);

	return place * ((double)print->raster.width - 1e-9);
}

static double cell_y(const struct print *print, double memory)
{
	double place = axis_place(&print->chart->memory, memory);

	return (1 - place) * ((double)print->plot_rows - 1e-9);
}

static void print_line(struct print *print, const char *text, unsigned ink)
{
	char *fitting = text_cut(text, print->terminal->width, print->shapes->ellipsis);

	if (fitting)
		raster_print_text(fitting, ink, print->terminal->color, print->out);
	else
		print->failed = true;
	strbuf_add(print->out, "\n");
	free(fitting);
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
			cell_x(print, line->items[i].x), cell_y(print, line->items[i].y)};
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
		{cell_x(print, from), cell_y(print, chart_slope_at(chart, curve, from))},
		{cell_x(print, to), cell_y(print, chart_slope_at(chart, curve, to))}};

	/* Far outside, a line would have many dots that nobody sees. */
	if (curve->summary.has_slope && fabs(ends[0].y) < 1e4 && fabs(ends[1].y) < 1e4)
		raster_line(&print->raster, ends, 2, number, SLOPE_STRIDE);
}

static void draw_peak(struct print *print)
{
	const struct chart *chart = print->chart;
	long x = (long)cell_x(print, chart->peak.x), y = (long)cell_y(print, chart->peak.y);

	for (size_t i = 0; i < print->raster.width; i++)
		raster_fill(&print->raster, (long)i, y, print->shapes->dash);
	if (chart->peak_has_time)
		for (long row = y + 1; row < (long)print->plot_rows; row++)
			raster_fill(&print->raster, x, row, print->shapes->dash_down);
}

static unsigned function_ink(const struct chart *chart, size_t function)
{
	return INK_STYLE + (unsigned)(chart->has_flame ? function : function + chart->curves.count);
}

static void draw_bracket(struct print *print, const struct chart_call *call, struct point at,
	const char *text, bool first)
{
	const char letter[] = {style_letter(call->function), '\0'};
	unsigned ink = function_ink(print->chart, call->function);
	long x = (long)cell_x(print, at.x), y = (long)fmax(cell_y(print, at.y), 0);

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
	long from = (long)fmax(cell_x(print, call->entry.x), 0);
	long to = (long)fmin(cell_x(print, call->exit.x), (double)right);
	long row = (long)(print->raster.height - 1 - call->row);
	unsigned ink = function_ink(print->chart, call->function);
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

static void draw(struct print *print)
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
	for (size_t i = 0; chart->has_flame && i < chart->calls.count; i++)
		draw_flame(print, &chart->calls.items[i]);
}

/* Which tick of the memory axis stands in this row; false where none does. */
static bool tick_in_row(const struct print *print, size_t row, char text[AMOUNT_SIZE])
{
	const struct axis *axis = &print->chart->memory;

	for (size_t i = 0; i < axis->count; i++) {
		double y = cell_y(print, axis_tick(axis, i));

		if ((size_t)fmin(y, (double)print->plot_rows - 1) != row)
			continue;
		axis_label(axis, i, text);
		return true;
	}
	return false;
}

static void print_rows(struct print *print)
{
	char text[AMOUNT_SIZE];

	for (size_t row = 0; row < print->raster.height; row++) {
		bool tick = row < print->plot_rows && tick_in_row(print, row, text);

		strbuf_addf(print->out, "%*s%s", (int)print->label_width, tick ? text : "",
			tick ? print->shapes->tick : print->shapes->side);
		raster_print(&print->raster, row, print->terminal->color, print->out);
		strbuf_add(print->out, "\n");
	}
}

static bool is_time_tick(const struct print *print, size_t column)
{
	const struct axis *axis = &print->chart->time;

	for (size_t i = 0; i < axis->count; i++)
		if ((size_t)cell_x(print, axis_tick(axis, i)) == column)
			return true;
	return false;
}

/* The last label has the unit behind it; one that would run into another is left out. */
static void print_time_labels(struct print *print)
{
	const struct axis *axis = &print->chart->time;
	size_t behind = 0, margin = print->label_width + 1, width = print->terminal->width;
	char label[AMOUNT_SIZE], text[2 * AMOUNT_SIZE];

	for (size_t i = 0; i < axis->count; i++) {
		size_t x = margin + (size_t)cell_x(print, axis_tick(axis, i));
		size_t length, start;

		axis_label(axis, i, label);
		length = strlen(label);
		start = x - (length - 1) / 2;
		snprintf(text, sizeof text, "%s%s%s", label, i + 1 < axis->count ? "" : " ",
			i + 1 < axis->count ? "" : axis->unit->name);
		length = strlen(text);
		if (start + length > width)
			start = width > length ? width - length : 0;
		if (behind && start < behind + 1)
			continue;
		strbuf_addf(print->out, "%*s%s", (int)(start - behind), "", text);
		behind = start + length;
	}
	strbuf_add(print->out, "\n");
}

static void print_time_axis(struct print *print)
{
	strbuf_addf(print->out, "%*s%s", (int)print->label_width, "", print->shapes->corner);
	for (size_t i = 0; i < print->raster.width; i++)
		strbuf_add(print->out,
			is_time_tick(print, i) ? print->shapes->time_tick : print->shapes->line);
	strbuf_add(print->out, "\n");
	print_time_labels(print);
}

/* The widest name of a part of the legend, as far as there is room for it. */
static size_t name_width(
	const struct print *print, const struct legend_entry *entries, size_t count)
{
	size_t width = 0, most = print->terminal->width / 2;

	for (size_t i = 0; i < count; i++) {
		size_t length = text_length(entries[i].name);

		width = length > width ? length : width;
	}
	return width < most ? width : most;
}

static void print_entry(struct print *print, const struct legend_entry *entry, const char *swatch,
	unsigned ink, size_t width)
{
	size_t used = text_length(swatch) + width + strlen(" ") + strlen("  ");
	size_t rest = print->terminal->width > used ? print->terminal->width - used : 0;
	char *name = text_cut(entry->name, width, print->shapes->ellipsis);
	char *detail = text_cut(entry->detail, rest, print->shapes->ellipsis);

	if (name && detail) {
		raster_print_text(swatch, ink, print->terminal->color, print->out);
		strbuf_addf(print->out, " %s%*s  %s\n", name, (int)(width - text_length(name)), "",
			detail);
	} else {
		print->failed = true;
	}
	free(name);
	free(detail);
}

/* What is a line in the plot; the first of them is in this style. */
static void print_lines(
	struct print *print, const struct legend_entry *entries, size_t count, size_t style)
{
	size_t width = name_width(print, entries, count);

	for (size_t i = 0; i < count; i++) {
		const char character[] = {style_character(style + i), '\0'};

		print_entry(print, &entries[i], print->raster.characters ? character : "━━",
			INK_STYLE + (unsigned)(style + i), width);
	}
}

static void print_legend(struct print *print, const struct legend *legend)
{
	size_t width = name_width(print, legend->functions.items, legend->functions.count);

	print_lines(print, legend->curves.items, legend->curves.count, 0);
	print_lines(print, legend->bands.items, legend->bands.count, print->chart->curves.count);
	for (size_t i = 0; i < legend->functions.count; i++) {
		const char swatch[] = {'[', style_letter(i), ']', '\0'};

		print_entry(print, &legend->functions.items[i], swatch,
			function_ink(print->chart, i), width);
	}
	if (*legend->rest)
		print_line(print, legend->rest, INK_FAINT);
}

static void print_all(struct print *print, const struct legend *legend)
{
	char text[2 * AMOUNT_SIZE];

	if (print->chart->title)
		print_line(print, print->chart->title, INK_NONE);
	strbuf_addf(print->out, "%*s\n", (int)print->label_width, print->chart->memory.unit->name);
	print_rows(print);
	print_time_axis(print);
	chart_describe_peak(print->chart, text);
	print_line(print, text, INK_NONE);
	print_legend(print, legend);
}

/* How many rows the plot may have so that all of it stays on the screen. */
static size_t plot_rows(const struct print *print, const struct legend *legend)
{
	size_t others = OTHER_ROWS + legend->curves.count + legend->bands.count +
			legend->functions.count + (*legend->rest != '\0') +
			(print->chart->has_flame ? print->chart->rows : 0);
	size_t rows = print->terminal->height > others ? print->terminal->height - others : 0;

	return rows < PLOT_ROWS_LEAST  ? PLOT_ROWS_LEAST
	       : rows > PLOT_ROWS_MOST ? PLOT_ROWS_MOST
				       : rows;
}

static size_t widest_label(const struct axis *axis)
{
	size_t width = strlen(axis->unit->name);
	char text[AMOUNT_SIZE];

	for (size_t i = 0; i < axis->count; i++) {
		axis_label(axis, i, text);
		width = strlen(text) > width ? strlen(text) : width;
	}
	return width;
}

struct ptmem_error *terminal_print(
	const struct chart *chart, const struct terminal *terminal, struct strbuf *out)
{
	struct print print = {.chart = chart, .terminal = terminal, .out = out};
	size_t width, rows, margin;
	struct ptmem_error *error;
	struct legend legend;

	error = legend_init(&legend, chart);
	if (error)
		return error;
	print.shapes = terminal->ascii ? &ascii_shapes : &unicode_shapes;
	print.label_width = widest_label(&chart->memory);
	print.plot_rows = plot_rows(&print, &legend);
	margin = print.label_width + 1;
	width = terminal->width > margin + PLOT_COLUMNS_LEAST ? terminal->width - margin
							      : PLOT_COLUMNS_LEAST;
	rows = print.plot_rows + (chart->has_flame ? chart->rows : 0);
	/* Dots of several curves are told apart by colour alone. */
	if (raster_init(&print.raster, width, rows,
		    terminal->ascii ||
			    (!terminal->color && chart->curves.count + chart->bands.count > 1))) {
		draw(&print);
		print_all(&print, &legend);
	}
	print.failed |= !print.raster.cells;
	raster_deinit(&print.raster);
	legend_deinit(&legend);
	return print.failed || out->failed ? &error_no_memory : NULL;
}
