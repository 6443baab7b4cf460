/*
 * Line by line: the source of each listed function, and what each line of it added.
 *
 *     Filename: /src/app/table.c
 *     Function: table_grow
 *
 *     Line #    Mem usage    Increment  Occurrences   Line Contents
 *     =============================================================
 *         41    1.234 MiB    0.000 MiB            3   void table_grow(struct table *table)
 *         42                                          {
 *         43    9.234 MiB    8.000 MiB            3           table->rows = more(table);
 */
#include "base/strbuf.h"
#include "report/line_rows.h"
#include "report/output.h"
#include "report/report.h"
#include "report/sections.h"
#include "report/style.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINES_PRECISION 3
#define CLASSIC_PRECISION 2

/* A listing with its lines. */
struct listed {
	const struct listing *listing;
	struct line_rows rows;
};

struct writing {
	const struct profile *profile;
	const struct report_options *options;
	struct report_hidden *hidden;
	struct strbuf text;
	struct VEC(struct listed) list;
};

static int compare_listed(const void *a, const void *b, void *argument)
{
	const struct listed *one = a, *other = b;
	const struct report_options *options = argument;
	int64_t order = 0;

	if (options->sort == SORT_MEMORY)
		order = (one->rows.total > other->rows.total) -
			(one->rows.total < other->rows.total);
	else if (options->sort == SORT_CALLS)
		order = (one->rows.calls > other->rows.calls) -
			(one->rows.calls < other->rows.calls);
	else if (options->sort == SORT_TIME)
		order = (one->rows.first > other->rows.first) -
			(one->rows.first < other->rows.first);
	if (!order)
		order = strcmp(one->listing->name, other->listing->name);
	if (!order)
		order = one->listing < other->listing ? -1 : 1;
	return (int)(options->reverse ? -order : order);
}

static void add_amount(const struct writing *writing, int64_t bytes, char *text, size_t size)
{
	const struct report_options *options = writing->options;
	bool classic = options->lines.style == LINE_STYLE_CLASSIC;
	int precision = options->precision_given ? options->precision
			: classic                ? CLASSIC_PRECISION
						 : LINES_PRECISION;
	int width = classic ? 0 : precision + 4;

	snprintf(text, size, "%*.*f %s", width, precision, output_mb_to(bytes, precision),
		classic ? "MB" : "MiB");
}

/* The columns before the text, as memory_profiler has them. */
static void add_columns(const struct writing *writing, struct strbuf *line, const char *number,
	const char *usage, const char *increment, const char *count)
{
	if (writing->options->lines.style == LINE_STYLE_CLASSIC)
		strbuf_addf(line, "%6s %12s %10s   ", number, usage, increment);
	else
		strbuf_addf(line, "%6s %12s %12s  %10s   ", number, usage, increment, count);
}

/* Tabs stay: they are what makes the text look as it does elsewhere. */
static void add_source(struct strbuf *line, const char *source)
{
	while (*source) {
		size_t length = strcspn(source, "\t");
		char *part = strndup(source, length);

		if (part)
			strbuf_add_printable(line, part);
		line->failed |= !part;
		free(part);
		if (source[length])
			strbuf_add(line, "\t");
		source += length + (source[length] != '\0');
	}
}

static void trim(struct strbuf *line)
{
	while (line->length && line->text[line->length - 1] == ' ')
		line->text[--line->length] = '\0';
}

static void add_finished(struct writing *writing, const char *style, struct strbuf *line)
{
	trim(line);
	writing->text.failed |= line->failed;
	style_add_line(
		&writing->text, writing->options->color, style, line->text ? line->text : "");
	strbuf_deinit(line);
}

static const char *row_style(const struct line_row *row, int64_t largest)
{
	if (row->increment <= 0)
		return STYLE_NONE;
	if (row->increment >= largest - row->increment)
		return STYLE_LARGE;
	return row->increment >= largest / 10 ? STYLE_NOTABLE : STYLE_NONE;
}

static void add_row(
	struct writing *writing, const struct line_row *row, const char *source, int64_t largest)
{
	char number[16], usage[64], increment[64], count[32];
	struct strbuf line = {0};

	snprintf(number, sizeof number, "%d", row->line);
	snprintf(count, sizeof count, "%" PRIu64, row->count);
	add_amount(writing, row->held, usage, sizeof usage);
	add_amount(writing, row->increment, increment, sizeof increment);
	add_columns(writing, &line, number, usage, increment, count);
	if (source)
		add_source(&line, source);
	add_finished(writing, row_style(row, largest), &line);
}

/* A line that was never run. */
static void add_blank(struct writing *writing, int number, const char *source)
{
	char text[16];
	struct strbuf line = {0};

	snprintf(text, sizeof text, "%d", number);
	add_columns(writing, &line, text, "", "", "");
	add_source(&line, source);
	add_finished(writing, STYLE_NONE, &line);
}

static void add_header(struct writing *writing)
{
	struct strbuf line = {0};
	size_t width;

	add_columns(writing, &line, "Line #", "Mem usage", "Increment", "Occurrences");
	strbuf_add(&line, "Line Contents");
	width = line.length;
	add_finished(writing, STYLE_HEADER, &line);
	while (width--)
		strbuf_add(&writing->text, "=");
	strbuf_add(&writing->text, "\n");
}

static void add_file(struct writing *writing, const char *file)
{
	strbuf_add(&writing->text, "Filename: ");
	strbuf_add_printable(&writing->text, file);
	strbuf_add(&writing->text, "\n");
}

static void add_heading(struct writing *writing, const struct listed *listed)
{
	const struct listing *listing = listed->listing;
	const struct span *span = &writing->profile->places->listings.spans.items[listing->span];

	add_file(writing, span->file);
	strbuf_add(&writing->text, "Function: ");
	strbuf_add_printable(&writing->text, listing->name);
	if (listing->instances > 1)
		strbuf_addf(&writing->text, " (%zu instantiations)", listing->instances);
	strbuf_add(&writing->text, "\n");
	if (span->state == SPAN_MISSING)
		strbuf_add(&writing->text, "Source: not found: see --path-map\n");
	if (span->state == SPAN_CHANGED)
		strbuf_add(&writing->text, "Source: not the one that was compiled\n");
	strbuf_add(&writing->text, "\n");
	add_header(writing);
}

/* What the options leave out. */
static bool is_hidden(struct writing *writing, const struct line_row *row)
{
	const struct report_options *options = writing->options;

	if (options->lines.only_increases && row->increment <= 0)
		return true;
	if (options->min <= 0 || bytes_magnitude(row->increment) >= (uint64_t)options->min)
		return false;
	writing->hidden->below_min++;
	return true;
}

static bool shows_all(const struct report_options *options)
{
	return !options->lines.only_increases && options->min <= 0;
}

static int last_line(const struct listed *listed, const struct span *span)
{
	int last = span->last > span->first ? span->last : span->first;

	for (size_t i = 0; i < listed->rows.list.count; i++) {
		const struct line_row *row = &listed->rows.list.items[i];

		if (row->file == span->file && row->line > last)
			last = row->line;
	}
	return last;
}

/* Lines of the function up to that one, which were never run; where there is text, it is shown. */
static void add_blanks(struct writing *writing, const struct span *span, int from, int to)
{
	if (!span->text.count || !shows_all(writing->options))
		return;
	for (; from <= to; from++) {
		const char *source = span_line(span, from);

		if (source)
			add_blank(writing, from, source);
	}
}

static int64_t largest_of(const struct line_rows *rows)
{
	int64_t largest = 0;

	for (size_t i = 0; i < rows->list.count; i++)
		if (rows->list.items[i].increment > largest)
			largest = rows->list.items[i].increment;
	return largest;
}

/* Lines of the function that are in other files follow, each file under its name. */
static void add_foreign(struct writing *writing, const struct listed *listed, size_t from)
{
	const char *file = NULL;

	for (; from < listed->rows.list.count; from++) {
		const struct line_row *row = &listed->rows.list.items[from];

		if (is_hidden(writing, row))
			continue;
		if (!file || strcmp(file, row->file) != 0)
			add_file(writing, row->file);
		file = row->file;
		add_row(writing, row, NULL, largest_of(&listed->rows));
	}
}

static void add_listing(struct writing *writing, const struct listed *listed)
{
	const struct listing *listing = listed->listing;
	const struct span *span = &writing->profile->places->listings.spans.items[listing->span];
	int next = span->first > listing->from ? span->first : listing->from;
	int last = last_line(listed, span);
	size_t i = 0;

	add_heading(writing, listed);
	for (; i < listed->rows.list.count; i++) {
		const struct line_row *row = &listed->rows.list.items[i];

		if (row->file != span->file)
			break;
		add_blanks(writing, span, next, row->line - 1);
		if (!is_hidden(writing, row))
			add_row(writing, row, span_line(span, row->line),
				largest_of(&listed->rows));
		if (row->line >= next)
			next = row->line + 1;
	}
	if (listing->to && listing->to < last)
		last = listing->to;
	add_blanks(writing, span, next, last);
	add_foreign(writing, listed, i);
	strbuf_add(&writing->text, "\n\n");
}

/* Functions that this process has not run have no lines. */
static bool collect(struct writing *writing)
{
	const struct listings *listings = &writing->profile->places->listings;

	for (size_t i = 0; writing->profile->lines && i < listings->list.count; i++) {
		struct listed listed = {.listing = &listings->list.items[i]}, *new;
		bool done = line_rows_collect(writing->profile, listed.listing, &listed.rows);

		if (done && !listed.rows.list.count) {
			line_rows_deinit(&listed.rows);
			continue;
		}
		new = done ? vec_append(&writing->list) : NULL;
		if (!new) {
			line_rows_deinit(&listed.rows);
			return false;
		}
		*new = listed;
	}
	return true;
}

static struct ptmem_error *write_all(struct writing *writing, FILE *out)
{
	struct ptmem_error *error = NULL;

	if (writing->list.count)
		qsort_r(writing->list.items, writing->list.count, sizeof *writing->list.items,
			compare_listed, (void *)(uintptr_t)writing->options);
	for (size_t i = 0; !error && i < writing->list.count; i++) {
		add_listing(writing, &writing->list.items[i]);
		error = output_block(out, &writing->text);
	}
	if (error)
		return error;
	output_add_peak(&writing->text, writing->profile, writing->options);
	return output_text(out, &writing->text);
}

static struct ptmem_error *lines_write(const struct profile *profile,
	const struct report_options *options, FILE *out, struct report_hidden *hidden)
{
	struct writing writing = {.profile = profile, .options = options, .hidden = hidden};
	struct ptmem_error *error;

	*hidden = (struct report_hidden){0};
	error = collect(&writing) ? write_all(&writing, out) : &error_no_memory;
	for (size_t i = 0; i < writing.list.count; i++)
		line_rows_deinit(&writing.list.items[i].rows);
	vec_deinit(&writing.list);
	strbuf_deinit(&writing.text);
	return error;
}

static struct ptmem_error *lines_write_several(const struct profiles *profiles,
	const struct profile *total, const struct report_options *options, FILE *out,
	struct report_hidden *hidden)
{
	return sections_write(lines_write, profiles, total, options, out, hidden);
}

const struct report_ops report_lines = {
	.name = "lines", .write = lines_write, .write_several = lines_write_several};
