/* The difference of two profiles as a table, a row a function, the largest growth last. */
#include "report/diff.h"

#include "base/strbuf.h"
#include "report/changes.h"
#include "report/output.h"
#include "report/style.h"

#include <stdlib.h>
#include <string.h>

#define AMOUNT_WIDTH 10 /* at least: many digits make all rows wider, not ragged */

#define STYLE_LESS "\033[32m"

struct table {
	const struct report_options *options;
	enum metric metric;
	unsigned columns;
	int64_t peak; /* of the new side */
	struct changes changes;
	int width;       /* of an amount; a growth has a sign and one place more */
	int64_t largest; /* growth of a function */
	struct strbuf text;
};

static int amount_text(const struct table *table, int64_t bytes, char *text, size_t size)
{
	return snprintf(text, size, "%*.*g", table->width, table->options->precision,
		(double)bytes / BYTES_PER_MB);
}

static int growth_text(const struct table *table, int64_t bytes, char *text, size_t size)
{
	int width = table->width + (table->metric != METRIC_ALL);

	if (!bytes)
		return snprintf(text, size, "%*d", width, 0);
	return snprintf(text, size, "%+*.*g", width, table->options->precision,
		(double)bytes / BYTES_PER_MB);
}

static void table_widen(struct table *table, int width)
{
	table->width = width > table->width ? width : table->width;
}

static void table_measure(struct table *table)
{
	int more = table->metric != METRIC_ALL;
	char text[64];

	for (size_t i = 0; i < table->changes.rows.count; i++) {
		const struct change_row *row = &table->changes.rows.items[i];
		int64_t growth = row->growth.bytes[0];

		table_widen(table, amount_text(table, row->base.bytes[0], text, sizeof text));
		table_widen(table, amount_text(table, row->new.bytes[0], text, sizeof text));
		for (unsigned column = 0; column < table->columns; column++)
			table_widen(table,
				growth_text(table, row->growth.bytes[column], text, sizeof text) -
					more);
		if (!row->bracket && growth > table->largest)
			table->largest = growth;
	}
}

/* With several metrics, what grew in each; else both sides and what grew. */
static char *table_header(const struct table *table)
{
	static const char *const titles[] = {
		"RSS (MB)", "Anon (MB)", "File (MB)", "Shmem (MB)", "Swap (MB)"};
	struct strbuf header = {0};

	if (table->metric == METRIC_ALL)
		for (unsigned i = 0; i < table->columns; i++)
			strbuf_addf(&header, "%s%*s", i ? " " : "", table->width, titles[i]);
	else
		strbuf_addf(&header, "%*s %*s %*s", table->width, "Base (MB)", table->width,
			"New (MB)", table->width + 1, "Growth (MB)");
	strbuf_addf(&header, "  %-6s  %s", "Change", "File:Function");
	return strbuf_take(&header);
}

static const char *row_style(const struct table *table, const struct change_row *row)
{
	int64_t growth = row->growth.bytes[0];

	if (row->bracket)
		return STYLE_BRACKET;
	if (growth <= 0)
		return growth ? STYLE_LESS : STYLE_NONE;
	if (growth >= table->largest - growth)
		return STYLE_LARGE;
	return growth >= table->largest / 10 ? STYLE_NOTABLE : STYLE_NONE;
}

static bool table_row(struct table *table, const struct change_row *row)
{
	static const char *const changes[] = {
		[CHANGE_SHRUNK] = "shrunk",
		[CHANGE_GONE] = "gone",
		[CHANGE_NEW] = "new",
		[CHANGE_GROWN] = "grown",
	};
	struct strbuf buf = {0};
	char amount[64];
	char *line;

	if (table->metric != METRIC_ALL) {
		amount_text(table, row->base.bytes[0], amount, sizeof amount);
		strbuf_addf(&buf, "%s ", amount);
		amount_text(table, row->new.bytes[0], amount, sizeof amount);
		strbuf_addf(&buf, "%s ", amount);
	}
	for (unsigned i = 0; i < table->columns; i++) {
		growth_text(table, row->growth.bytes[i], amount, sizeof amount);
		strbuf_addf(&buf, "%s%s", i ? " " : "", amount);
	}
	strbuf_addf(&buf, "  %-6s  %s", changes[row->change], row->text);
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
	for (size_t i = 0; i < table->changes.rows.count; i++)
		complete = table_row(table, &table->changes.rows.items[i]) && complete;
	style_add_rule(&table->text, strlen(header));
	style_add_line(&table->text, table->options->color, STYLE_HEADER, header);
	free(header);
	strbuf_addf(&table->text, "Max mem usage: %.2f MB\n", output_mb(table->peak));
	table->text.failed |= !complete;
	return output_text(out, &table->text);
}

struct ptmem_error *diff_check(const struct profile *base, const struct profile *new)
{
	if (base->metric == new->metric)
		return NULL;
	return error_new(ERROR_USAGE,
		"the base measured %s, the other %s: record both with the same --metric",
		metric_name(base->metric), metric_name(new->metric));
}

struct ptmem_error *diff_write(const struct profile *base, const struct profile *new,
	const struct report_options *options, FILE *out, struct report_hidden *hidden)
{
	struct table table = {.options = options,
		.metric = new->metric,
		.columns = new->columns,
		.peak = new->peak,
		.width = AMOUNT_WIDTH};
	struct ptmem_error *error = diff_check(base, new);

	if (!error)
		error = changes_collect(base, new, options, &table.changes, hidden);
	if (!error)
		error = table_write(&table, out);
	changes_deinit(&table.changes);
	return error ? error : diff_write_peak(base, out);
}

struct ptmem_error *diff_write_peak(const struct profile *base, FILE *out)
{
	struct strbuf text = {0};

	strbuf_addf(&text, "Max mem usage of the base: %.2f MB\n", output_mb(base->peak));
	return output_text(out, &text);
}
