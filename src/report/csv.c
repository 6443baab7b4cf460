/*
 * The flat table's rows for spreadsheets and scripts, as RFC 4180 has them: commas, CRLF,
 * quotes around what needs them. Amounts are in bytes.
 */
#include "base/strbuf.h"
#include "report/label.h"
#include "report/methods.h"
#include "report/output.h"
#include "report/report.h"
#include "report/rows.h"
#include "report/sections.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "memory_bytes,self_bytes,net_bytes,calls,all_calls,file,line,function,object"

static const char *column_name(const struct profile *profile, unsigned column)
{
	return metric_name(metric_of_column(profile->metric, column));
}

static void add_quoted(struct strbuf *text, const char *field)
{
	strbuf_add(text, "\"");
	for (const char *at = field; *at; at++)
		strbuf_add_bytes(text, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
	strbuf_add(text, "\"");
}

/* Fit for a terminal as well, so that no field has a line break in it. */
static void add_field(struct strbuf *text, const char *field)
{
	struct strbuf printable = {0};
	char *clean;

	strbuf_add_printable(&printable, field);
	clean = strbuf_take(&printable);
	if (!clean) {
		text->failed = true;
		return;
	}
	strbuf_add(text, ",");
	if (strpbrk(clean, ",\""))
		add_quoted(text, clean);
	else
		strbuf_add(text, clean);
	free(clean);
}

static void add_amounts(struct strbuf *text, const struct row_totals *totals, unsigned column)
{
	strbuf_addf(text, "%s%" PRId64 ",%" PRId64 ",%" PRId64, column ? "," : "",
		totals->rise.bytes[column], totals->self_rise.bytes[column],
		totals->net.bytes[column]);
}

/* `Grid#1(west)`; empty for what is called on no object. */
static void add_instance(
	struct strbuf *text, const struct profile *profile, const struct location *location)
{
	struct strbuf name = {0};

	if (location->kind == LOCATION_METHOD)
		methods_add_object(&name, profile->places, location);
	text->failed |= name.failed;
	add_field(text, name.text ? name.text : "");
	strbuf_deinit(&name);
}

static void add_header(struct strbuf *text, const struct profile *profile,
	const struct report_options *options, bool several)
{
	strbuf_add(text, several ? "pid,command," HEADER : HEADER);
	strbuf_add(text, options->instances ? ",instance" : "");
	for (unsigned column = 1; column < profile->columns; column++) {
		const char *name = column_name(profile, column);

		strbuf_addf(text, ",%s_memory_bytes,%s_self_bytes,%s_net_bytes", name, name, name);
	}
	strbuf_add(text, "\r\n");
}

static void add_name(struct strbuf *text, const struct row *row, const struct location *location)
{
	struct strbuf name = {0};

	strbuf_add(&name, location_is_code(location) ? location_name(location) : row->text);
	strbuf_add(&name, location_mark(location));
	if (name.failed)
		text->failed = true;
	else
		add_field(text, name.text ? name.text : "");
	strbuf_deinit(&name);
}

/* `process` is NULL where there is one only. */
static void add_row(struct strbuf *text, const struct process_profile *process,
	const struct profile *profile, const struct report_options *options, const struct row *row)
{
	const struct location *location = &profile->places->locations.items[row->location];
	bool code = location_is_code(location);

	if (process) {
		strbuf_addf(text, "%d", process->pid);
		add_field(text, process->command ? process->command : "");
		strbuf_add(text, ",");
	}
	add_amounts(text, &row->totals, 0);
	if (row->inlined)
		strbuf_add(text, ",,");
	else
		strbuf_addf(
			text, ",%" PRIu64 ",%" PRIu64, row->totals.rise_calls, row->totals.calls);
	add_field(text, location->file ? location->file : "");
	strbuf_addf(text, ",%d", location->file ? location->line : 0);
	add_name(text, row, location);
	add_field(text, code ? profile->places->modules.items[location->module].path : "");
	if (options->instances)
		add_instance(text, profile, location);
	for (unsigned column = 1; column < profile->columns; column++)
		add_amounts(text, &row->totals, column);
	strbuf_add(text, "\r\n");
}

static struct ptmem_error *write_rows(const struct process_profile *process,
	const struct profile *profile, const struct report_options *options, FILE *out,
	struct report_hidden *hidden)
{
	struct strbuf text = {0};
	struct row_list rows;
	struct ptmem_error *error = rows_collect_all(profile, options, &rows, hidden);

	if (error)
		return error;
	for (size_t i = 0; !error && i < rows.count; i++) {
		add_row(&text, process, profile, options, &rows.items[i]);
		error = output_block(out, &text);
	}
	if (!error)
		error = output_text(out, &text);
	strbuf_deinit(&text);
	rows_deinit(&rows);
	return error;
}

static struct ptmem_error *write_header(const struct profile *profile,
	const struct report_options *options, bool several, FILE *out)
{
	struct strbuf text = {0};

	add_header(&text, profile, options, several);
	return output_text(out, &text);
}

static struct ptmem_error *csv_write(const struct profile *profile,
	const struct report_options *options, FILE *out, struct report_hidden *hidden)
{
	struct ptmem_error *error = write_header(profile, options, false, out);

	return error ? error : write_rows(NULL, profile, options, out, hidden);
}

/* Without the total, which the rows come to. */
static struct ptmem_error *csv_write_several(const struct profiles *profiles,
	const struct profile *total, const struct report_options *options, FILE *out,
	struct report_hidden *hidden)
{
	struct ptmem_error *error = write_header(total, options, true, out);

	*hidden = (struct report_hidden){0};
	for (size_t i = 0; !error && i < profiles->count; i++) {
		const struct process_profile *process = profiles->items[i];
		struct report_hidden here = {0};

		error = write_rows(process, &process->profile, options, out, &here);
		hidden_add(hidden, &here);
	}
	return error;
}

const struct report_ops report_csv = {
	.name = "csv", .write = csv_write, .write_several = csv_write_several};
