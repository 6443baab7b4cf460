/* The command without a name: run a program to its end, then report. */
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/destination.h"
#include "cli/message.h"
#include "cli/say.h"
#include "engine/session.h"
#include "report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/wait.h>

static void add_released(struct strbuf *text, const struct options *options,
	const struct profile *profile, const struct session_result *result)
{
	if (!result->released)
		return;
	strbuf_addf(text,
		"; %" PRIu64 " function%s let go after %" PRIu64 " call%s that changed nothing",
		result->released, say_plural(result->released), options->max_hits,
		say_plural(options->max_hits));
	if (result->hottest < profile->locations.count)
		strbuf_addf(
			text, ", the hottest %s", profile->locations.items[result->hottest].name);
}

/* How the run was watched, and what could not be seen. */
static void say_closing(const struct options *options, const struct profile *profile,
	const struct session_result *result)
{
	struct strbuf text = {0};

	strbuf_addf(&text,
		"engine breakpoints, %" PRIu64 " call%s seen, %" PRIu64 " function%s watched",
		result->calls, say_plural(result->calls), result->functions,
		say_plural(result->functions));
	add_released(&text, options, profile, result);
	if (result->steps)
		strbuf_addf(&text, "; %" PRIu64 " single step%s", result->steps,
			say_plural(result->steps));
	if (result->uncaught)
		strbuf_addf(&text, "; %" PRIu64 " return%s not caught", result->uncaught,
			say_plural(result->uncaught));
	message_print("%s", text.text ? text.text : "out of memory");
	strbuf_deinit(&text);
}

static void say_warnings(const struct session_result *result)
{
	size_t count = sizeof result->warnings / sizeof result->warnings[0];

	for (size_t i = 0; i < count && result->warnings[i]; i++)
		message_print("%s", result->warnings[i]);
}

static struct ptmem_error *report(const struct options *options, struct destination *destination,
	const struct profile *profile, const struct session_result *result)
{
	struct ptmem_error *error;

	say_warnings(result);
	error = destination_begin(destination, options, false);
	if (!error)
		error = destination_finish(
			destination, destination_report(destination, options, profile));
	if (!error)
		say_hidden(&destination->hidden, options);
	say_balance(options, profile);
	say_closing(options, profile, result);
	if (result->recording)
		message_print("recorded in %s: see ptmem post --help", result->recording);
	return error;
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static struct ptmem_error *run_session(
	struct options *options, struct profile *profile, struct session_result *result)
{
	struct session_options session = {
		.argv = options->program,
		.metric = options->metric,
		.funcs = &options->funcs,
		.exclude = &options->exclude,
		.files = &options->sources,
		.max_hits = options->max_hits,
		.aslr = options->aslr,
		.thp = options->thp,
		.record = options->record,
	};

	if (!profile_init(profile, options->metric))
		return &error_no_memory;
	return session_run(&session, profile, result);
}

struct ptmem_error *command_run(struct options *options, int *status)
{
	struct session_result result = {0};
	struct profile profile = {0};
	struct destination destination;
	struct ptmem_error *error = destination_open(&destination, options);

	if (error)
		return error;
	error = run_session(options, &profile, &result);
	if (!error)
		error = report(options, &destination, &profile, &result);
	if (!error)
		*status = exit_status(result.status);
	destination_abandon(&destination);
	session_result_deinit(&result);
	profile_deinit(&profile);
	return error;
}
