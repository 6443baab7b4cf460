/*
 * A judgement as GitHub Actions reads it from a job's output: an annotation for each
 * exceeded limit, at the line of the function.
 *
 *     ::error file=src/table.c,line=250,title=table_grow%3A memory::table_grow added ...
 */
#include "report/output.h"
#include "report/verdict.h"

#include <stdlib.h>
#include <string.h>

/* A value of a property; the message may have `:` and `,` as they are. */
static void add_escaped(struct strbuf *out, const char *text, bool property)
{
	for (; *text; text++) {
		if (*text == '%' || *text == '\r' || *text == '\n' ||
			(property && (*text == ':' || *text == ',')))
			strbuf_addf(out, "%%%02X", (unsigned)(unsigned char)*text);
		else
			strbuf_add_bytes(out, text, 1);
	}
}

static void add_and_free(struct strbuf *out, struct strbuf *text, bool property)
{
	out->failed |= text->failed;
	add_escaped(out, text->text ? text->text : "", property);
	strbuf_deinit(text);
}

static void add_properties(
	struct strbuf *out, const struct verdict *verdict, const struct verdict_options *options)
{
	const char *file = verdict_file(verdict);
	struct strbuf text = {0};

	if (file) {
		strbuf_add_printable(&text, verdict_below(file, options->root));
		strbuf_add(out, "file=");
		add_and_free(out, &text, true);
		if (verdict->location->line)
			strbuf_addf(out, ",line=%d", verdict->location->line);
		strbuf_add(out, ",");
	}
	strbuf_add_printable(&text, options->name);
	strbuf_add(out, "title=Memory of ");
	add_and_free(out, &text, true);
}

static void add_verdict(struct strbuf *out, const struct verdict *verdict,
	const struct judgement *judgement, const struct verdict_options *options)
{
	struct strbuf text = {0};

	strbuf_add(out, "::error ");
	add_properties(out, verdict, options);
	strbuf_add(out, "::");
	verdict_add_sentence(&text, verdict, judgement, options->precision);
	if (verdict->path != CALLPATH_NONE) {
		strbuf_add(&text, "\n");
		verdict_add_path(&text, verdict, options->precision);
	}
	add_and_free(out, &text, false);
	strbuf_add(out, "\n");
}

static struct ptmem_error *github_write(
	const struct judgement *judgement, const struct verdict_options *options, FILE *out)
{
	return verdict_write_exceeded(judgement, options, out, add_verdict);
}

const struct verdict_ops verdict_github = {.name = "github", .write = github_write};
