/*
 * --help, which is to fit a screen of 24 rows and 80 columns, and --version.
 *
 *     Watch    -F, --funcs PATTERN    only functions so named: ...
 *              -N, --exclude PATTERN  but not these
 */
#include "cli/command.h"
#include "cli/spec.h"
#include "cli/version.h"
#include "report/output.h"

#include <stdio.h>
#include <string.h>

/* Columns. An option that stands beside another starts in the second pair. */
#define TITLE_WIDTH 9
#define NAME_WIDTH 22
#define HELP_WIDTH 23
#define BESIDE_WIDTH 9
#define WIDTH 80

static void add_padding(struct strbuf *text, size_t from, size_t to)
{
	size_t length = text->length - from;

	strbuf_addf(text, "%*s", (int)(length < to ? to - length : 1), "");
}

static void add_name(struct strbuf *text, const struct option_spec *spec)
{
	if (spec->letter)
		strbuf_addf(text, "-%c, ", spec->letter);
	else if (!spec->beside)
		strbuf_add(text, "    ");
	strbuf_addf(text, "--%s", spec->name);
	if (spec->argument)
		strbuf_addf(text, " %s", spec->argument);
}

/* What it does, after the words it takes where there is room for both. */
static void add_help(struct strbuf *text, const struct option_spec *spec)
{
	bool choices = spec->choices && strcmp(spec->choices, spec->argument) != 0;
	size_t room = WIDTH - (TITLE_WIDTH + NAME_WIDTH + 1);
	size_t standard = spec->standard ? strlen(spec->standard) + strlen(" []") : 0;

	if (choices)
		strbuf_add(text, spec->choices);
	if (!choices || strlen(spec->choices) + strlen(spec->help) + 2 <= room - standard)
		strbuf_addf(text, "%s%s", choices ? ": " : "", spec->help);
	if (spec->standard)
		strbuf_addf(text, " [%s]", spec->standard);
}

/* One option and those beside it. */
static const struct option_spec *add_row(
        struct strbuf *text, const struct option_spec *spec, const char *title)
{
	size_t line = text->length;

	strbuf_addf(text, "%-*s", TITLE_WIDTH, title);
	add_name(text, spec);
	add_padding(text, line, TITLE_WIDTH + NAME_WIDTH + 1);
	add_help(text, spec);
	for (spec++; spec->name && spec->beside; spec++) {
		add_padding(text, line, TITLE_WIDTH + NAME_WIDTH + 1 + HELP_WIDTH);
		line = text->length;
		add_name(text, spec);
		strbuf_add(text, " ");
		add_padding(text, line, BESIDE_WIDTH);
		add_help(text, spec);
	}
	strbuf_add(text, "\n");
	return spec;
}

struct ptmem_error *command_help(struct options *options, int *status)
{
	const struct option_spec *spec = option_specs;
	enum option_group group = GROUP_COUNT;
	struct strbuf text = {0};

	(void)options;
	strbuf_add(&text,
	        "Usage: ptmem [OPTION...] [--] PROGRAM [ARG...]\n"
	        "Runs PROGRAM, then shows which functions made its resident memory grow.\n"
	        "\n");
	while (spec->name) {
		const char *title = spec->group == group ? "" : option_group_title(spec->group);

		group = spec->group;
		spec = add_row(&text, spec, title);
	}
	strbuf_add(&text,
	        "\n"
	        "Example: ptmem --funcs 'grow_*,table_*' --min 0.5 -- ./app --its-own args\n"
	        "All of it: man ptmem\n");
	*status = 0;
	return output_text(stdout, &text);
}

struct ptmem_error *command_version(struct options *options, int *status)
{
	struct strbuf text = {0};

	(void)options;
	strbuf_add(&text, "ptmem " PTMEM_VERSION "\nbuilt with " PTMEM_BUILT_WITH "\n");
	*status = 0;
	return output_text(stdout, &text);
}
