/* Reports on several processes: a section each, and one of them all. */
#include "report/sections.h"

#include "report/output.h"
#include "report/style.h"

#include <stdlib.h>

void process_add_name(struct strbuf *text, const struct process_profile *process)
{
	strbuf_addf(text, "%d", process->pid);
	if (!process->command)
		return;
	strbuf_add(text, " ");
	strbuf_add_printable(text, process->command);
}

void hidden_add(struct report_hidden *hidden, const struct report_hidden *more)
{
	hidden->below_min += more->below_min;
	hidden->beyond_top += more->beyond_top;
	hidden->negative += more->negative;
	hidden->negative_bytes += more->negative_bytes;
}

/* Takes the heading. */
static struct ptmem_error *write_heading(
	const struct report_options *options, struct strbuf *heading, FILE *out)
{
	struct strbuf text = {0};
	char *line = strbuf_take(heading);

	if (!line)
		return &error_no_memory;
	style_add_line(&text, options->color, STYLE_HEADER, line);
	free(line);
	return output_text(out, &text);
}

/* `heading` is emptied. */
static struct ptmem_error *write_section(report_write *write, struct strbuf *heading,
	const struct profile *profile, const struct report_options *options, FILE *out,
	struct report_hidden *hidden)
{
	struct report_hidden here = {0};
	struct ptmem_error *error = write_heading(options, heading, out);

	if (!error)
		error = write(profile, options, out, &here);
	hidden_add(hidden, &here);
	return error;
}

static struct ptmem_error *write_blank(FILE *out)
{
	struct strbuf text = {0};

	strbuf_add(&text, "\n");
	return output_text(out, &text);
}

struct ptmem_error *sections_write(report_write *write, const struct profiles *profiles,
	const struct profile *total, const struct report_options *options, FILE *out,
	struct report_hidden *hidden)
{
	struct report_options of_all = *options;
	struct ptmem_error *error = NULL;
	struct strbuf heading = {0};

	*hidden = (struct report_hidden){0};
	for (size_t i = 0; !error && i < profiles->count; i++) {
		process_add_name(&heading, profiles->items[i]);
		error = write_section(
			write, &heading, &profiles->items[i]->profile, options, out, hidden);
		if (!error)
			error = write_blank(out);
	}
	if (error)
		return error;
	of_all.several = true;
	strbuf_addf(&heading, "all %zu processes", profiles->count);
	return write_section(write, &heading, total, &of_all, out, hidden);
}
