/*
 * The walk over argv. Options end at the first word that is not one, or at `--`:
 *
 *     ptmem -vF 'grow_*' --min=0.5 -o report.txt -- ./app --its-own -v
 *
 * A command that works on files finds its options before, between and behind them:
 *
 *     ptmem post trace.0.raw trace.1.raw --tree
 *
 * getopt_long(3) would take abbreviations, which break scripts when options are added, and
 * cannot say what was meant or what a value should look like.
 */
#include "cli/options.h"

#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/spec.h"
#include "series/folder.h"

#include <stdlib.h>
#include <string.h>

struct walk {
	char **argv;
	int argc, next; /* the word after the current one */
	bool dashes;    /* `--` was there */
	struct options *options;
};

static bool walk_goes_on(const struct walk *walk)
{
	return walk->options->action == ACTION_COMMAND;
}

static const char *space_before(const struct command *command)
{
	return *command->name ? " " : "";
}

/* The option that was probably meant: begun and not ended, or a few letters off. */
static char *nearest_option(const struct command *command, const char *name)
{
	const struct option_spec *spec = NULL;
	struct nearest nearest;
	size_t best = 0;
	char *found = NULL;

	while ((spec = option_next(command, spec)))
		if (*name && !strncmp(spec->name, name, strlen(name)))
			return strdup(spec->name);
	nearest_init(&nearest, name);
	while ((spec = option_next(command, spec)))
		nearest_offer(&nearest, spec->name);
	for (size_t i = 1; i < nearest.count; i++)
		if (nearest.distance[i] < nearest.distance[best])
			best = i;
	if (nearest.count)
		found = strdup(nearest.names[best]);
	nearest_deinit(&nearest);
	return found;
}

/* The first command that has an option of exactly this name. */
static const struct command *command_with(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (option_find_name(&commands[i], name, strlen(name)))
			return &commands[i];
	return NULL;
}

/* What to do about an option that the command does not have, as the end of a message. */
static void add_advice(struct strbuf *text, const struct command *command, const char *name)
{
	const struct command *other = command_with(name);
	char *meant = other ? NULL : nearest_option(command, name);

	if (other)
		strbuf_addf(text, "it belongs to %s%s",
			*other->name ? "ptmem " : "a run: see ptmem --help", other->name);
	else if (meant)
		strbuf_addf(text, "did you mean --%s?", meant);
	else
		strbuf_addf(text, "see ptmem%s%s --help", space_before(command), command->name);
	free(meant);
}

static struct ptmem_error *unknown_option(
	const struct command *command, const char *dashes, const char *word, size_t length)
{
	char *name = strndup(word, length);
	struct strbuf advice = {0};
	struct ptmem_error *error = &error_no_memory;

	if (name)
		add_advice(&advice, command, length > 1 ? name : "");
	if (name && !advice.failed)
		error = error_new(
			ERROR_USAGE, "unknown option '%s%s': %s", dashes, name, advice.text);
	strbuf_deinit(&advice);
	free(name);
	return error;
}

/* Sets an option whose value is the next word. */
static struct ptmem_error *walk_take_word(struct walk *walk, const struct option_spec *spec)
{
	if (walk->next < walk->argc)
		return spec->set(spec, walk->argv[walk->next++], walk->options);
	return error_new(ERROR_USAGE, "--%s: the value is missing: give --%s %s", spec->name,
		spec->name, spec->choices ? spec->choices : spec->argument);
}

/* `--name`, `--name=value` or `--name value`; `word` is past the dashes. */
static struct ptmem_error *walk_long(struct walk *walk, const char *word)
{
	size_t length = strcspn(word, "=");
	const struct command *command = walk->options->command;
	const struct option_spec *spec = option_find_name(command, word, length);
	const char *value = word[length] ? word + length + 1 : NULL;

	if (!spec)
		return unknown_option(command, "--", word, length);
	if (!spec->argument && value)
		return error_new(
			ERROR_USAGE, "--%s: it takes no value: leave '=%s' out", spec->name, value);
	if (!spec->argument || spec->optional || value)
		return spec->set(spec, value, walk->options);
	return walk_take_word(walk, spec);
}

/* `-x`, `-xyz`, `-xvalue` or `-x value`; `word` is past the dash. */
static struct ptmem_error *walk_short(struct walk *walk, const char *word)
{
	struct ptmem_error *error = NULL;

	for (; !error && *word && walk_goes_on(walk); word++) {
		const struct command *command = walk->options->command;
		const struct option_spec *spec = option_find_letter(command, *word);

		if (!spec)
			return unknown_option(command, "-", word, 1);
		if (spec->argument)
			return word[1] ? spec->set(spec, word + 1, walk->options)
				       : walk_take_word(walk, spec);
		error = spec->set(spec, NULL, walk->options);
	}
	return error;
}

/* `-1` is the newest file to a command that counts them. */
static bool is_index(const struct walk *walk, const char *word)
{
	return walk->options->command->indices && folder_is_index(word);
}

/* Takes the options that come next; stops behind `--` and before any other word. */
static struct ptmem_error *walk_options(struct walk *walk)
{
	struct ptmem_error *error = NULL;

	while (!error && walk_goes_on(walk) && walk->next < walk->argc) {
		const char *word = walk->argv[walk->next];

		if (word[0] != '-' || !word[1] || is_index(walk, word))
			break;
		walk->next++;
		if (!strcmp(word, "--")) {
			walk->dashes = true;
			break;
		}
		error = word[1] == '-' ? walk_long(walk, word + 2) : walk_short(walk, word + 1);
	}
	return error;
}

/* All that is left: files, and before `--` options among them. */
static struct ptmem_error *walk_files(struct walk *walk)
{
	struct options *options = walk->options;
	struct ptmem_error *error = NULL;

	while (!error && walk_goes_on(walk) && walk->next < walk->argc) {
		const char *name = walk->argv[walk->next++];
		const char **file;

		if (!*name)
			return error_new(ERROR_USAGE, "'' is not a file's name");
		file = vec_append(&options->files);
		if (!file)
			return &error_no_memory;
		*file = name;
		if (!walk->dashes)
			error = walk_options(walk);
	}
	return error;
}

/* `ptmem -v post` could be meant either way: that is the user's to say. */
static struct ptmem_error *check_program(const struct walk *walk)
{
	const char *word = walk->argv[walk->next];
	const struct command *command = walk->dashes || walk->next == 1 ? NULL : command_find(word);

	if (!command)
		return NULL;
	return error_new(ERROR_USAGE,
		"'%s' is a command: put it first: ptmem %s %s; for a program of this name: -- %s",
		word, word, command->usage, word);
}

static struct ptmem_error *check_files(const struct options *options)
{
	const struct command *command = options->command;
	size_t count = options->files.count;

	if (command->arguments == ARGUMENTS_NONE && count)
		return error_new(ERROR_USAGE, "%s: it takes no files: leave '%s' out",
			command->name, options->files.items[0]);
	if (count >= command->least && (!command->most || count <= command->most))
		return NULL;
	return error_new(ERROR_USAGE, "%s: %zu file%s given, and it takes %zu: ptmem %s %s",
		command->name, count, count == 1 ? " is" : "s are", command->least, command->name,
		command->usage);
}

/* What the options leave of argv. */
static struct ptmem_error *walk_arguments(struct walk *walk)
{
	struct options *options = walk->options;
	const struct command *command = options->command;
	bool program = command->arguments == ARGUMENTS_PROGRAM;
	struct ptmem_error *error = program ? NULL : walk_files(walk);

	if (error || !walk_goes_on(walk))
		return error;
	if (walk->next < walk->argc) {
		options->program = walk->argv + walk->next;
		return check_program(walk);
	}
	if (program && options->attach)
		return NULL;
	if (command->lacking && (program || !options->files.count))
		return error_new(ERROR_USAGE, "no %s: ptmem%s%s %s, or ptmem%s%s --help",
			command->lacking, space_before(command), command->name, command->usage,
			space_before(command), command->name);
	return check_files(options);
}

/* What an engine cannot do. */
static struct ptmem_error *check_engine(const struct options *options)
{
	bool stops = options->exact || options->break_at || options->kill_at;
	bool samples = options->engine == ENGINE_FAULTS && !stops;

	if (options->exact && options->engine == ENGINE_BREAKPOINTS)
		return error_new(ERROR_USAGE,
			"--exact: it is how the faults engine works: leave --engine breakpoints "
			"out, which is exact");
	if (options->report.instances && (options->engine == ENGINE_FAULTS || options->exact))
		return error_new(ERROR_USAGE,
			"--instances: a page fault does not tell of an object: leave --%s out",
			options->exact ? "exact" : "engine faults");
	if (samples && options->metric != METRIC_RSS && options->metric != METRIC_ANON)
		return error_new(ERROR_USAGE,
			"--engine faults: samples tell of rss and anon alone: give --exact as "
			"well, or --engine breakpoints");
	if (samples && options->attach && options->follow)
		return error_new(ERROR_USAGE,
			"--engine faults: children of a process that runs already cannot be "
			"followed by samples: give --exact as well");
	return NULL;
}

static struct ptmem_error *only_for_lines(const char *option)
{
	return error_new(
		ERROR_USAGE, "--%s: it is for listings line by line: give --lines as well", option);
}

/* What is for listings alone, and what is for all but them. */
static struct ptmem_error *check_lines(const struct options *options)
{
	const struct report_options *report = &options->report;
	bool recorded = options->command == &commands[COMMAND_POST];
	const char *other = report->self ? "self" : report->net ? "net" : NULL;

	if (options->format != &report_lines) {
		if (report->lines.only_increases)
			return only_for_lines("only-increases");
		if (report->lines.style != LINE_STYLE_NEW)
			return only_for_lines("style");
		if (options->lines.instantiations)
			return only_for_lines("instantiations");
		return NULL;
	}
	if (recorded && (options->funcs.count || options->exclude.count || options->sources.count))
		other = options->funcs.count     ? "funcs"
			: options->exclude.count ? "exclude"
						 : "files";
	if (other)
		return error_new(ERROR_USAGE,
			"--%s: it is for the table and the tree: leave it out, or --lines", other);
	if (report->top && line_selection_names(&options->lines))
		return error_new(ERROR_USAGE,
			"--top: it is for --lines without names: leave one of the two out");
	return NULL;
}

/* What is said of objects, where nobody asks for them. */
static struct ptmem_error *check_objects(const struct options *options)
{
	const struct report_options *report = &options->report;
	const char *alone = report->by                          ? "by"
			    : options->objects.parameters.count ? "object-of"
			    : options->objects.names.count      ? "name-of"
			    : options->objects.gone.count       ? "gone"
								: NULL;

	if (!report->instances && alone)
		return error_new(
			ERROR_USAGE, "--%s: it is for --instances: give that as well", alone);
	if (report->by && options->format != &report_flat)
		return error_new(ERROR_USAGE,
			"--by: it is for the listing by objects: leave --tree and --export out");
	if (report->instances && options->format == &report_lines)
		return error_new(ERROR_USAGE,
			"--instances: it is for the table and the tree: leave it out, or --lines");
	if (report->instances && options->format == &report_folded)
		return error_new(ERROR_USAGE, "--instances: folded stacks have no objects: "
					      "--export json or csv has them");
	return NULL;
}

/* What run cannot do. */
static struct ptmem_error *check_sample(const struct options *options)
{
	const struct sample_options *sample = &options->sample;
	bool calls = options->command == &commands[COMMAND_SAMPLE] && options->funcs.count;

	if ((sample->kill || calls) && options->attach)
		return error_new(ERROR_USAGE,
			"--%s: it is for a program that ptmem starts, and process %d runs already",
			calls ? "funcs" : "kill", options->attach);
	if (sample->kill && calls)
		return error_new(ERROR_USAGE,
			"--kill: where calls are sampled, the program runs on: leave --funcs out");
	if (sample->kill && !sample->timeout)
		return error_new(
			ERROR_USAGE, "--kill: it is for when time is up: give --timeout as well");
	return NULL;
}

/* What makes no sense together. */
static struct ptmem_error *check_together(const struct options *options)
{
	struct ptmem_error *error = check_engine(options);

	if (error)
		return error;
	error = check_objects(options);
	if (error)
		return error;
	if ((options->from.count || options->until.count) && options->attach && !options->exact &&
		options->engine != ENGINE_BREAKPOINTS && !options->funcs.count &&
		!options->report.instances)
		return error_new(ERROR_USAGE,
			"--%s: a process that runs already is sampled and never stopped: give "
			"--exact as well, or --engine breakpoints",
			options->from.count ? "from" : "until");
	if (options->first && !options->follow)
		return error_new(
			ERROR_USAGE, "--first: it is for several processes: give --follow as well");
	if (options->callsites && options->format != &report_tree)
		return error_new(ERROR_USAGE,
			"--callsites: it is for the tree, where a row is a call: give --tree %s",
			options->format == &report_flat ? "as well" : "instead");
	error = check_lines(options);
	if (error)
		return error;
	if (options->debuginfod == DEBUGINFOD_YES && !debug_server_is_built_in())
		return error_new(
			ERROR_USAGE, "--debuginfod: ptmem was built without libdebuginfod");
	if (options->debuginfod == DEBUGINFOD_YES && !debug_server_is_named())
		return error_new(ERROR_USAGE,
			"--debuginfod: DEBUGINFOD_URLS names no server: set it, e.g. to "
			"https://debuginfod.debian.net");
	error = check_sample(options);
	if (error)
		return error;
	if (!options->attach)
		return NULL;
	if (options->program)
		return error_new(ERROR_USAGE,
			"--attach %d: it watches a process that runs: leave '%s' out, or the "
			"option",
			options->attach, options->program[0]);
	if (options->aslr || options->thp != THP_UNCHANGED)
		return error_new(ERROR_USAGE,
			"--%s: it is for a program that ptmem starts, and process %d runs already",
			options->aslr ? "aslr" : "thp", options->attach);
	return NULL;
}

/* What the environment says of debug info, behind what options say. */
static struct ptmem_error *add_environment(struct options *options)
{
	const char *dirs = getenv("PTMEM_DEBUG_DIR");
	struct ptmem_error *error = dirs ? symbol_options_add_dirs(&options->symbols, dirs) : NULL;

	if (error || options->debuginfod == DEBUGINFOD_NO || !debug_server_is_built_in() ||
		!debug_server_is_named())
		return error;
	options->symbols.server_for_all = options->debuginfod == DEBUGINFOD_YES;
	options->symbols.server = debug_server_create();
	return options->symbols.server ? NULL : &error_no_memory;
}

/* What depends on more than one option. */
static void complete(struct options *options)
{
	if (options->funcs.count && !options->max_hits_given)
		options->max_hits = 0;
	options->lines.top = options->report.top;
	if (options->report.instances && options->format == &report_flat)
		options->format = &report_instances;
	if (options->peak)
		options->report.net = true; /* increases are no part of what is held */
	if (!options->report.min_given && options->format == &report_tree) {
		options->report.min = TREE_MIN;
		options->report.min_given = true;
		options->min_text = "1";
	}
}

struct ptmem_error *options_parse(int argc, char **argv, struct options *options)
{
	struct walk walk = {.argv = argv, .argc = argc, .next = 1, .options = options};
	const struct command *command = argc > 1 ? command_find(argv[1]) : NULL;
	struct ptmem_error *error;

	*options = (struct options){
		.command = command ? command : &commands[COMMAND_RUN],
		.max_hits = DEFAULT_MAX_HITS,
		.record = {.pattern = DEFAULT_RECORDING},
		.format = &report_flat,
		.report = {.precision = DEFAULT_PRECISION},
		.sample = {.interval = DEFAULT_INTERVAL},
	};
	walk.next += command != NULL;
	error = walk_options(&walk);
	if (!error && walk_goes_on(&walk))
		error = walk_arguments(&walk);
	if (!error && walk_goes_on(&walk))
		error = check_together(options);
	if (!error && walk_goes_on(&walk))
		error = add_environment(options);
	if (!error)
		complete(options);
	return error;
}

void options_deinit(struct options *options)
{
	pattern_list_deinit(&options->funcs);
	pattern_list_deinit(&options->exclude);
	pattern_list_deinit(&options->sources);
	pattern_list_deinit(&options->libs);
	pattern_list_deinit(&options->from);
	pattern_list_deinit(&options->until);
	line_selection_deinit(&options->lines);
	object_rules_deinit(&options->objects);
	symbol_options_deinit(&options->symbols);
	vec_deinit(&options->files);
}
