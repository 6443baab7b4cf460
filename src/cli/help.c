/*
 * --help of ptmem and of each command, which is to fit a window of 28 rows and 80 columns,
 * and --version.
 *
 *     Usage: ptmem [OPTION...] [--] PROGRAM [ARG...]   which functions made it grow?
 *            ptmem post [OPTION...] FILE...            other looks at recordings
 *            ptmem run|list|rm ...                     memory over time
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
#define USAGE_WIDTH 50

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
		strbuf_addf(text, spec->optional ? "[=%s]" : " %s", spec->argument);
}

/* What it does, after the words it takes as far as there is room. */
static void add_help(struct strbuf *text, const struct option_spec *spec, size_t room)
{
	bool choices = spec->choices && strcmp(spec->choices, spec->argument) != 0;
	size_t standard = spec->standard ? strlen(spec->standard) + strlen(" []") : 0;

	if (choices) {
		strbuf_add(text, spec->choices);
		room -= strlen(spec->choices);
	}
	if (!choices || strlen(": ") + strlen(spec->help) + standard <= room)
		strbuf_addf(text, "%s%s", choices ? ": " : "", spec->help);
	if (spec->standard && (!choices || standard <= room))
		strbuf_addf(text, " [%s]", spec->standard);
}

/* The next option that is worth more than its name. */
static const struct option_spec *next_told(
	const struct command *command, const struct option_spec *spec)
{
	do
		spec = option_next(command, spec);
	while (spec && spec->brief);
	return spec;
}

/* The width of the first option's help: up to the second one's name, or the end. */
static size_t help_room(const struct command *command, const struct option_spec *spec)
{
	const struct option_spec *next = next_told(command, spec);

	return next && next->beside ? HELP_WIDTH - 1 : WIDTH - (TITLE_WIDTH + NAME_WIDTH + 1);
}

/* One option and those beside it; the next one. */
static const struct option_spec *add_row(struct strbuf *text, const struct command *command,
	const struct option_spec *spec, const char *title)
{
	size_t line = text->length;

	strbuf_addf(text, "%-*s", TITLE_WIDTH, title);
	add_name(text, spec);
	add_padding(text, line, TITLE_WIDTH + NAME_WIDTH + 1);
	add_help(text, spec, help_room(command, spec));
	while ((spec = next_told(command, spec)) && spec->beside) {
		add_padding(text, line, TITLE_WIDTH + NAME_WIDTH + 1 + HELP_WIDTH);
		line = text->length;
		add_name(text, spec);
		strbuf_add(text, " ");
		add_padding(text, line, BESIDE_WIDTH);
		add_help(text, spec, WIDTH);
	}
	strbuf_add(text, "\n");
	return spec;
}

/* The names of all others. */
static void add_brief(struct strbuf *text, const struct command *command)
{
	const struct option_spec *spec = NULL;
	size_t line = text->length, count = 0;

	while ((spec = option_next(command, spec))) {
		if (!spec->brief)
			continue;
		if (!count++)
			strbuf_addf(text, "%-*s", TITLE_WIDTH, "And");
		else if (text->length - line + strlen(spec->name) + strlen(" --") > WIDTH) {
			strbuf_add(text, "\n");
			line = text->length;
			strbuf_addf(text, "%*s", TITLE_WIDTH, "");
		} else
			strbuf_add(text, " ");
		strbuf_addf(text, "--%s", spec->name);
	}
	strbuf_add(text, count ? "\n" : "");
}

static void add_options(struct strbuf *text, const struct command *command)
{
	const struct option_spec *spec = next_told(command, NULL);
	enum option_group group = GROUP_COUNT;

	while (spec) {
		const char *title = spec->group == group ? "" : option_group_title(spec->group);

		group = spec->group;
		spec = add_row(text, command, spec, title);
	}
	add_brief(text, command);
}

/* The names of those of one kin; the last of them. */
static size_t add_kin(struct strbuf *text, size_t first)
{
	size_t last = first;

	strbuf_add(text, commands[first].name);
	while (last + 1 < COMMAND_COUNT && commands[last + 1].kin == commands[first].kin)
		strbuf_addf(text, "|%s", commands[++last].name);
	strbuf_add(text, " ...");
	return last;
}

/* Every command's way of use, with what it does; those of one kin share a row. */
static void add_commands(struct strbuf *text)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct command *command = &commands[i];
		size_t line = text->length;

		strbuf_addf(text, "%s ptmem %s",
			i ? "      " : "Usage:", command->kin ? "" : command->name);
		if (command->kin)
			i = add_kin(text, i);
		else
			strbuf_addf(text, "%s%s", *command->name ? " " : "", command->usage);
		add_padding(text, line, USAGE_WIDTH);
		strbuf_addf(text, "%s\n", command->kin ? command->kin : command->help);
	}
}

struct ptmem_error *command_help(struct options *options, int *status)
{
	const struct command *command = options->command;
	struct strbuf text = {0};

	if (command_id(command) == COMMAND_RUN)
		add_commands(&text);
	else
		strbuf_addf(&text, "Usage: ptmem %s %s\n%s", command->name, command->usage,
			command->about);
	strbuf_add(&text, "\n");
	add_options(&text, command);
	if (command_id(command) == COMMAND_RUN)
		strbuf_add(&text, "\nAll of it: man ptmem; of a command: ptmem COMMAND --help\n");
	else
		strbuf_addf(&text, "\nAll of it: man ptmem-%s\n", command->name);
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
