/*
 * memit: how high the memory of a program goes, and by how much it grows; of two programs, how
 * they compare.
 *
 *     ptmem memit -r 5 -- ./app input
 *     ptmem memit './old input' --vs './new input' --json result.json
 */
#include "report/memit.h"

#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/destination.h"
#include "cli/memit_say.h"
#include "cli/message.h"
#include "target/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMANDS_MAX 2

enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_MARKDOWN, OUTPUT_COUNT };

struct memit_session {
	struct options *options;
	struct peak_options peak; /* of either command, but for its words */
	size_t runs;              /* of each command */
	size_t count;             /* of commands */
	struct memit_command commands[COMMANDS_MAX];
	struct command_line lines[COMMANDS_MAX]; /* of those that were one string */
	char *joined;                            /* the text of one that was not */
	struct destination outputs[OUTPUT_COUNT];
	bool wanted[OUTPUT_COUNT];
	int statuses[COMMANDS_MAX]; /* each of the last run */
	bool interrupted;
};

static struct ptmem_error *add_line(struct memit_session *session, const char *text)
{
	size_t place = session->count;
	struct ptmem_error *error = command_line_split(text, &session->lines[place]);

	if (error)
		return error;
	session->commands[place].text = text;
	session->commands[place].argv = session->lines[place].words.items;
	session->count++;
	return NULL;
}

static struct ptmem_error *add_program(struct memit_session *session, char *const *argv)
{
	session->joined = command_line_join(argv);
	if (!session->joined)
		return &error_no_memory;
	session->commands[session->count].text = session->joined;
	session->commands[session->count].argv = argv;
	session->count++;
	return NULL;
}

/* What cannot be run is known before anything is. */
static struct ptmem_error *check_commands(const struct memit_session *session)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < session->count; i++) {
		char *path = NULL;

		error = program_find(session->commands[i].argv[0], &path);
		if (!error)
			error = program_check(path);
		free(path);
	}
	return error;
}

static struct ptmem_error *set_commands(struct memit_session *session)
{
	const struct options *options = session->options;
	struct ptmem_error *error = options->memit.line ? add_line(session, options->memit.line)
							: add_program(session, options->program);

	if (!error && options->memit.other)
		error = add_line(session, options->memit.other);
	return error ? error : check_commands(session);
}

/* As pss, what processes share is divided among them. */
static void set_measure(struct memit_session *session)
{
	const struct options *options = session->options;
	bool children = options->sample.sum;

	session->runs = options->memit.runs ? options->memit.runs : 1;
	session->peak = (struct peak_options){
		.metric = children && !options->sample.metric_given ? METRIC_PSS : options->metric,
		.children = children,
	};
}

static struct ptmem_error *open_output(
	struct memit_session *session, enum output output, const char *option, const char *path)
{
	session->wanted[output] = path;
	return path ? destination_open_file(&session->outputs[output], option, path) : NULL;
}

static bool is_standard(const char *path)
{
	return path && !strcmp(path, "-");
}

/* What goes to standard output goes there instead of the text, unless that has a file. */
static struct ptmem_error *open_outputs(struct memit_session *session)
{
	const struct memit_options *memit = &session->options->memit;
	const char *output = session->options->output;
	struct ptmem_error *error = open_output(session, OUTPUT_JSON, "json", memit->json);

	if (!error)
		error = open_output(session, OUTPUT_MARKDOWN, "markdown", memit->markdown);
	if (!error && !output && !is_standard(memit->json) && !is_standard(memit->markdown))
		output = "-";
	return error ? error : open_output(session, OUTPUT_TEXT, "output", output);
}

static bool shows_progress(const struct memit_session *session)
{
	const char *terminal = getenv("TERM");

	return session->runs * session->count > 1 && isatty(STDERR_FILENO) && terminal &&
	       strcmp(terminal, "dumb") != 0;
}

static void erase_progress(const struct memit_session *session)
{
	if (shows_progress(session))
		fprintf(stderr, "\r\033[K");
}

/* The cursor goes back to where the program finds it alone: at the beginning of a line. */
static void show_progress(const struct memit_session *session, const struct memit_command *command)
{
	size_t number = (size_t)(command - session->commands) * session->runs;
	int64_t highest = 0;

	if (!shows_progress(session))
		return;
	number += command->runs.count + 1;
	for (size_t i = 0; i < command->runs.count; i++)
		if (command->runs.items[i].peak > highest)
			highest = command->runs.items[i].peak;
	fprintf(stderr, "\r\033[Krun %zu of %zu", number, session->runs * session->count);
	if (highest)
		fprintf(stderr, ", peak so far %.2f MiB", (double)highest / 1048576);
	fprintf(stderr, "\r");
}

/* One that a Ctrl-C ended is no run to compare with others, where there are any. */
static bool is_half(const struct memit_session *session, const struct peak_run *run)
{
	return run->interrupted && memit_status(run) && session->commands[0].runs.count;
}

static struct ptmem_error *run_once(struct memit_session *session, struct memit_command *command)
{
	struct peak_options options = session->peak;
	struct peak_run run, *place;
	struct ptmem_error *error;

	options.argv = command->argv;
	show_progress(session, command);
	error = peak_run(&options, &run);
	erase_progress(session);
	if (error)
		return error;
	session->interrupted = run.interrupted;
	session->statuses[command - session->commands] = memit_status(&run);
	place = is_half(session, &run) ? NULL : vec_append(&command->runs);
	if (place)
		*place = run;
	else
		peak_run_deinit(&run);
	return place || session->interrupted ? NULL : &error_no_memory;
}

/* Whatever they end in, they are run as often as was asked; but a Ctrl-C is for all of them. */
static struct ptmem_error *run_all(struct memit_session *session)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; i < session->count; i++)
		for (size_t j = 0; !error && !session->interrupted && j < session->runs; j++)
			error = run_once(session, &session->commands[i]);
	return error;
}

static void say_all(const struct memit_session *session, size_t count)
{
	memit_say_measure(&session->peak, session->options->sample.metric_given);
	for (size_t i = 0; i < count; i++)
		memit_say_command(
			&session->commands[i], session->lines[i].shell && !session->peak.children);
	if (session->interrupted && session->runs * session->count > 1)
		message_print("interrupted: %zu of %zu runs are reported",
			session->commands[0].runs.count + session->commands[1].runs.count,
			session->runs * session->count);
}

static struct ptmem_error *write_output(
	struct memit_session *session, enum output output, const struct memit *memit)
{
	static const struct memit_ops *const formats[] = {
		[OUTPUT_TEXT] = &memit_text,
		[OUTPUT_JSON] = &memit_json,
		[OUTPUT_MARKDOWN] = &memit_markdown,
	};
	struct destination *destination = &session->outputs[output];
	struct ptmem_error *error;

	if (!session->wanted[output])
		return NULL;
	error = destination_begin(destination, session->options, false);
	if (error)
		return error;
	return destination_finish(destination, formats[output]->write(memit, destination->out));
}

static struct ptmem_error *report(struct memit_session *session)
{
	struct memit memit = {
		.metric = session->peak.metric,
		.children = session->peak.children,
		.sampled = peak_is_sampled(&session->peak),
		.commands = session->commands,
	};
	struct ptmem_error *error = NULL;

	while (memit.count < session->count && session->commands[memit.count].runs.count)
		memit.count++;
	say_all(session, memit.count);
	for (enum output output = 0; !error && output < OUTPUT_COUNT; output++)
		error = write_output(session, output, &memit);
	return error;
}

static void session_deinit(struct memit_session *session)
{
	for (size_t i = 0; i < COMMANDS_MAX; i++) {
		struct memit_command *command = &session->commands[i];

		for (size_t j = 0; j < command->runs.count; j++)
			peak_run_deinit(&command->runs.items[j]);
		vec_deinit(&command->runs);
		command_line_deinit(&session->lines[i]);
	}
	for (enum output output = 0; output < OUTPUT_COUNT; output++)
		if (session->wanted[output])
			destination_abandon(&session->outputs[output]);
	free(session->joined);
}

struct ptmem_error *command_memit(struct options *options, int *status)
{
	struct memit_session session = {
		.options = options, .outputs = {{.fd = -1}, {.fd = -1}, {.fd = -1}}};
	struct ptmem_error *error = set_commands(&session);

	set_measure(&session);
	if (!error)
		error = open_outputs(&session);
	if (!error)
		error = run_all(&session);
	if (!error)
		error = report(&session);
	if (!error)
		*status = session.statuses[0] ? session.statuses[0] : session.statuses[1];
	session_deinit(&session);
	return error;
}
