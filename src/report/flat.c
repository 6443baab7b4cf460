/*
 * The flat table: a row a function, the largest last.
 *
 *     Memory (MB)   Calls  File:Line:Function
 *     ---------------------------------------
 *       0.003906        1  /src/app/list.c:41:list_push
 */
#include "base/strbuf.h"
#include "report/output.h"
#include "report/report.h"
#include "report/rows.h"
#include "report/sections.h"
#include "report/style.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AMOUNT_WIDTH 10 /* at least: many digits make all rows wider, not ragged */

struct table {
	const struct profile *profile;
	const struct report_options *options;
	struct row_list rows;
	int width;       /* of an amount */
	int64_t largest; /* of the functions' rows, by the first column */
	struct strbuf text;
};

static const char *column_title(enum metric metric)
{
	static const char *const titles[] = {
		[METRIC_RSS] = "RSS (MB)",
		[METRIC_ANON] = "Anon (MB)",
		[METRIC_FILE] = "File (MB)",
		[METRIC_SHMEM] = "Shmem (MB)",
		[METRIC_SWAP] = "Swap (MB)",
	};

	return titles[metric];
}

static int amount_text(const struct table *table, int64_t bytes, char *text, size_t size)
{
	return snprintf(text, size, "%*.*g", table->width, table->options->precision,
		(double)bytes / BYTES_PER_MB);
}

static void table_measure(struct table *table)
{
	char text[64];

	for (size_t i = 0; i < table->rows.count; i++) {
		const struct row *row = &table->rows.items[i];

		if (!row->bracket && row->amounts.bytes[0] > table->largest)
			table->largest = row->amounts.bytes[0];
		for (unsigned column = 0; column < table->profile->columns; column++) {
			int width =
				amount_text(table, row->amounts.bytes[column], text, sizeof text);

			table->width = width > table->width ? width : table->width;
		}
	}
}

/* "Memory (MB)" is one wider than the amounts below it, and takes that from the space after. */
static char *table_header(const struct table *table)
{
	const struct profile *profile = table->profile;
	struct strbuf header = {0};

	if (profile->metric == METRIC_ALL) {
		for (unsigned i = 0; i < profile->columns; i++)
			strbuf_addf(&header, "%s%*s", i ? " " : "", table->width,
				column_title(metric_of_column(profile->metric, i)));
		strbuf_addf(&header, "  %7s  %s", "Calls", "File:Line:Function");
	} else {
		strbuf_addf(&header, "%*s %7s  %s", table->width + 1, "Memory (MB)", "Calls",
			"File:Line:Function");
	}
	return strbuf_take(&header);
}

static const char *row_style(const struct table *table, const struct row *row)
{
	int64_t bytes = row->amounts.bytes[0];

	if (row->bracket)
		return STYLE_BRACKET;
	if (bytes <= 0)
		return STYLE_NONE;
	if (bytes >= table->largest - bytes)
		return STYLE_LARGE;
	return bytes >= table->largest / 10 ? STYLE_NOTABLE : STYLE_NONE;
}

static bool table_row(struct table *table, const struct row *row)
{
	struct strbuf buf = {0};
	char amount[64];
	char *line;

	for (unsigned i = 0; i < table->profile->columns; i++) {
		amount_text(table, row->amounts.bytes[i], amount, sizeof amount);
		strbuf_addf(&buf, "%s%s", i ? " " : "", amount);
	}
	if (row->inlined)
		strbuf_addf(&buf, "  %7s  %s", "-", row->text);
	else
		strbuf_addf(&buf, "  %7" PRIu64 "  %s", row->calls, row->text);
	line = strbuf_take(&buf);
	if (!line)
		return false;
	style_add_line(&table->text, table->options->color, row_style(table, row), line);
	free(line);
	return true;
}

static struct ptmem_error *table_write(struct table *table, FILE *out)
{
	char *header;
	bool complete = true;

	table_measure(table);
	header = table_header(table);
	if (!header)
		return &error_no_memory;
	style_add_line(&table->text, table->options->color, STYLE_HEADER, header);
	style_add_rule(&table->text, strlen(header));
	for (size_t i = 0; i < table->rows.count; i++)
		complete = table_row(table, &table->rows.items[i]) && complete;
	style_add_rule(&table->text, strlen(header));
	style_add_line(&table->text, table->options->color, STYLE_HEADER, header);
	free(header);
	output_add_peak(&table->text, table->profile, table->options);
	table->text.failed |= !complete;
	return output_text(out, &table->text);
}

static struct ptmem_error *flat_write(const struct profile *profile,
	const struct report_options *options, FILE *out, struct report_hidden *hidden)
{
	struct table table = {.profile = profile, .options = options, .width = AMOUNT_WIDTH};
	struct ptmem_error *error = rows_collect(profile, options, &table.rows, hidden);

	if (error)
		return error;
	error = table_write(&table, out);
	rows_deinit(&table.rows);
	return error;
}

static struct ptmem_error *flat_write_several(const struct profiles *profiles,
	const struct profile *total, const struct report_options *options, FILE *out,
	struct report_hidden *hidden)
{
	return sections_write(flat_write, profiles, total, options, out, hidden);
}

const struct report_ops report_flat = {
	.name = "flat", .write = flat_write, .write_several = flat_write_several};
