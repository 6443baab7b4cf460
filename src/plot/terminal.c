/* A chart as text for a terminal. */
#include "plot/terminal.h"

#include "plot/legend.h"
#include "plot/style.h"
#include "plot/terminal_internal.h"
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

static const struct shapes unicode_shapes = {"┤", "│", "└", "─", "┬", "╌", "╎", "…"};
static const struct shapes ascii_shapes = {"+", "|", "+", "-", "+", "-", ":", "..."};

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

/* Which tick of the memory axis stands in this row; false where none does. */
static bool tick_in_row(const struct print *print, size_t row, char text[AMOUNT_SIZE])
{
	const struct axis *axis = &print->chart->memory;

	for (size_t i = 0; i < axis->count; i++) {
		double y = terminal_y(print, axis_tick(axis, i));

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
		if ((size_t)terminal_x(print, axis_tick(axis, i)) == column)
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
		size_t x = margin + (size_t)terminal_x(print, axis_tick(axis, i));
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
			terminal_function_ink(print->chart, i), width);
	}
	if (*legend->rest)
		print_line(print, legend->rest, INK_FAINT);
}

/* `marks: loaded at 4 ms, served at 8 ms` */
static void print_marks(struct print *print)
{
	const struct chart *chart = print->chart;
	struct strbuf line = {0};
	char time[AMOUNT_SIZE], *text;

	for (size_t i = 0; i < chart->marks.count; i++) {
		amount_time(chart->marks.items[i].time, time);
		strbuf_addf(&line, "%s%s at %s", i ? ", " : "marks: ", chart->marks.items[i].name,
			time);
	}
	text = strbuf_take(&line);
	print->failed |= !text;
	if (text && *text)
		print_line(print, text, INK_NONE);
	free(text);
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
	print_marks(print);
	print_legend(print, legend);
}

/* How many rows the plot may have so that all of it stays on the screen. */
static size_t plot_rows(const struct print *print, const struct legend *legend)
{
	size_t others = OTHER_ROWS + legend->curves.count + legend->bands.count +
			legend->functions.count + (*legend->rest != '\0') +
			(print->chart->marks.count > 0) +
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
		terminal_draw(&print);
		print_all(&print, &legend);
	}
	print.failed |= !print.raster.cells;
	raster_deinit(&print.raster);
	legend_deinit(&legend);
	return print.failed || out->failed ? &error_no_memory : NULL;
}
