/*
 * What memit measured, as a table in Markdown.
 *
 *     | Command | Runs | Peak [MiB] | Min [MiB] | Max [MiB] | Increment [MiB] | Relative |
 *     |:---|---:|---:|---:|---:|---:|---:|
 *     | `./old input` | 5 | 65.30 ± 0.05 | 65.20 | 65.40 | 63.91 ± 0.05 | 1.00 |
 */
#include "report/memit.h"
#include "report/output.h"

#include <string.h>

/* The longest row of backticks in a text. */
static size_t ticks_in(const char *text)
{
	size_t most = 0;

	for (size_t length; *text; text += length + !length) {
		length = strspn(text, "`");
		most = length > most ? length : most;
	}
	return most;
}

static void add_ticks(struct strbuf *text, size_t count)
{
	while (count--)
		strbuf_add(text, "`");
}

/* As code, between more backticks than it has, and with its bars kept from ending the cell. */
static void add_code(struct strbuf *text, const char *code)
{
	struct strbuf printable = {0};
	size_t ticks = ticks_in(code);

	strbuf_add_printable(&printable, code);
	text->failed |= printable.failed;
	add_ticks(text, ticks + 1);
	strbuf_add(text, ticks ? " " : "");
	for (const char *at = printable.text; at && *at; at++) {
		strbuf_add(text, *at == '|' ? "\\" : "");
		strbuf_add_bytes(text, at, 1);
	}
	strbuf_add(text, ticks ? " " : "");
	add_ticks(text, ticks + 1);
	strbuf_deinit(&printable);
}

static void add_amount(struct strbuf *text, const struct statistics *statistics, size_t runs)
{
	strbuf_addf(text, " %.2f", output_mb(statistics->median));
	if (runs > 1)
		strbuf_addf(text, " ± %.2f", statistics->deviation / BYTES_PER_MB);
	strbuf_add(text, " |");
}

static void add_row(struct strbuf *text, const struct memit_command *command,
	const struct memit_summary *summary, int64_t base)
{
	strbuf_add(text, "| ");
	add_code(text, command->text);
	strbuf_addf(text, " | %zu |", command->runs.count);
	add_amount(text, &summary->peak, command->runs.count);
	strbuf_addf(text, " %.2f | %.2f |", output_mb(summary->peak.least),
		output_mb(summary->peak.most));
	add_amount(text, &summary->increment, command->runs.count);
	if (base > 0)
		strbuf_addf(text, " %.2f", (double)summary->peak.median / (double)base);
	strbuf_add(text, " |\n");
}

static struct ptmem_error *markdown_write(const struct memit *memit, FILE *out)
{
	struct ptmem_error *error = NULL;
	struct memit_summary summary;
	struct strbuf text = {0};
	int64_t base = 0;

	strbuf_add(&text, "| Command | Runs | Peak [MiB] | Min [MiB] | Max [MiB] "
			  "| Increment [MiB] | Relative |\n"
			  "|:---|---:|---:|---:|---:|---:|---:|\n");
	for (size_t i = 0; !error && i < memit->count; i++) {
		error = memit_summarize(&memit->commands[i], &summary);
		if (error)
			break;
		base = i ? base : summary.peak.median;
		add_row(&text, &memit->commands[i], &summary, base);
	}
	if (!error)
		return output_text(out, &text);
	strbuf_deinit(&text);
	return error;
}

const struct memit_ops memit_markdown = {.write = markdown_write};
