/*
 * What memit measured, for people. Of one run the first line is all there is; of several, it has
 * the medians.
 *
 *     peak memory: 65.30 MiB, increment: 63.91 MiB
 *     5 runs, in MiB      median    minimum    maximum  std. dev.
 *     peak memory          65.30      65.20      65.40       0.05
 *     increment            63.91      63.80      64.00       0.05
 *
 * Of two commands, each is named before, and a last line has the second against the first:
 *
 *     ./new input, against ./old input: peak memory -12.00 MiB (x 0.82), ...
 */
#include "report/memit.h"

#include "report/output.h"

#include <stdlib.h>

struct ptmem_error *memit_summarize(
	const struct memit_command *command, struct memit_summary *summary)
{
	size_t count = command->runs.count;
	int64_t *values = calloc(count, sizeof *values);

	if (!values)
		return &error_no_memory;
	for (size_t i = 0; i < count; i++)
		values[i] = command->runs.items[i].peak;
	summary->peak = statistics_of(values, count);
	for (size_t i = 0; i < count; i++)
		values[i] = peak_run_increment(&command->runs.items[i]);
	summary->increment = statistics_of(values, count);
	free(values);
	return NULL;
}

static void add_row(struct strbuf *text, const char *name, const struct statistics *statistics)
{
	strbuf_addf(text, "%-16s %10.2f %10.2f %10.2f %10.2f\n", name,
		output_mb(statistics->median), output_mb(statistics->least),
		output_mb(statistics->most), statistics->deviation / BYTES_PER_MB);
}

static void add_command(struct strbuf *text, const struct memit_command *command,
	const struct memit_summary *summary)
{
	size_t start = text->length;

	strbuf_addf(text, "peak memory: %.2f MiB, increment: %.2f MiB\n",
		output_mb(summary->peak.median), output_mb(summary->increment.median));
	if (command->runs.count < 2)
		return;
	start = text->length;
	strbuf_addf(text, "%zu runs, in MiB", command->runs.count);
	strbuf_addf(text, "%*s %10s %10s %10s %10s\n", (int)(16 - (text->length - start)), "",
		"median", "minimum", "maximum", "std. dev.");
	add_row(text, "peak memory", &summary->peak);
	add_row(text, "increment", &summary->increment);
}

/* `-12.00 MiB (x 0.82)` */
static void add_change(struct strbuf *text, const char *name, int64_t base, int64_t other)
{
	strbuf_addf(text, "%s %+.2f MiB", name, output_mb(other - base));
	if (base > 0)
		strbuf_addf(text, " (x %.2f)", (double)other / (double)base);
}

static void add_comparison(struct strbuf *text, const struct memit *memit,
	const struct memit_summary *base, const struct memit_summary *other)
{
	strbuf_add(text, "\n");
	strbuf_add_printable(text, memit->commands[1].text);
	strbuf_add(text, ", against ");
	strbuf_add_printable(text, memit->commands[0].text);
	add_change(text, ": peak memory", base->peak.median, other->peak.median);
	add_change(text, ", increment", base->increment.median, other->increment.median);
	strbuf_add(text, "\n");
}

static struct ptmem_error *text_write(const struct memit *memit, FILE *out)
{
	struct memit_summary summaries[2];
	struct ptmem_error *error = NULL;
	struct strbuf text = {0};

	for (size_t i = 0; !error && i < memit->count; i++) {
		error = memit_summarize(&memit->commands[i], &summaries[i]);
		if (error)
			break;
		if (memit->count > 1) {
			strbuf_add(&text, i ? "\n" : "");
			strbuf_add_printable(&text, memit->commands[i].text);
			strbuf_add(&text, "\n");
		}
		add_command(&text, &memit->commands[i], &summaries[i]);
	}
	if (!error && memit->count > 1)
		add_comparison(&text, memit, &summaries[0], &summaries[1]);
	if (!error)
		return output_text(out, &text);
	strbuf_deinit(&text);
	return error;
}

const struct memit_ops memit_text = {.write = text_write};
