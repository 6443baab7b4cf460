/*
 * A judgement for people: who exceeded a limit, the worst last, and how they came to it.
 *
 *     /src/app/table.c:250: table_grow added 12.59 MB, 2.586 MB over the limit of 10 MB
 *         heaviest path, 12.59 MB: main > load > table_grow
 *     1 of 14 exceeds its limit
 */
#include "report/output.h"
#include "report/style.h"
#include "report/verdict.h"

static void add_place(struct strbuf *text, const struct verdict *verdict)
{
	const char *file = verdict_file(verdict);

	if (!file)
		return;
	strbuf_add_printable(text, file);
	if (verdict->location->line)
		strbuf_addf(text, ":%d", verdict->location->line);
	strbuf_add(text, ": ");
}

static void add_verdict(struct strbuf *text, const struct verdict *verdict,
	const struct judgement *judgement, const struct verdict_options *options)
{
	strbuf_add(text, options->color ? STYLE_LARGE : "");
	add_place(text, verdict);
	verdict_add_sentence(text, verdict, judgement, options->precision);
	strbuf_add(text, options->color ? STYLE_END "\n" : "\n");
	if (verdict->path == CALLPATH_NONE)
		return;
	strbuf_add(text, "    ");
	verdict_add_path(text, verdict, options->precision);
	strbuf_add(text, "\n");
}

static struct ptmem_error *text_write(
	const struct judgement *judgement, const struct verdict_options *options, FILE *out)
{
	return verdict_write_exceeded(judgement, options, out, add_verdict);
}

const struct verdict_ops verdict_text = {.name = "text", .write = text_write};
