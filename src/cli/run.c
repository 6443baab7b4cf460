/* The command without a name: run a program, or watch a process, then report. */
#include "cli/command.h"
#include "cli/destination.h"
#include "cli/say.h"
#include "cli/watch.h"
#include "engine/tracer.h"

static struct ptmem_error *report(const struct options *options, struct destination *destination,
	const struct profiles *profiles, const struct session_result *result)
{
	struct ptmem_error *error;

	watch_say_warnings(result);
	error = destination_begin(destination, options, false);
	if (!error)
		error = destination_finish(
			destination, destination_report(destination, options, profiles));
	if (!error)
		say_hidden(&destination->hidden, options);
	say_balance(options, profiles);
	watch_say_closing(options, profiles, result);
	return error;
}

/* Of a process that was attached to, nothing is reported where nobody is left to read it. */
static struct ptmem_error *watch(
	struct options *options, struct destination *destination, int *status)
{
	struct session_result result = {0};
	struct profiles profiles = {0};
	struct ptmem_error *error = watch_program(options, &profiles, &result);
	bool read = !options->attach || tracer_rejoin();

	if (!error && read)
		error = report(options, destination, &profiles, &result);
	if (!error)
		*status = watch_status(options, &result);
	session_result_deinit(&result);
	profiles_deinit(&profiles);
	return error;
}

struct ptmem_error *command_run(struct options *options, int *status)
{
	struct destination destination;
	bool front = false;
	struct ptmem_error *error = destination_open(&destination, options);

	if (!error && options->attach)
		error = tracer_fork(&front, status);
	if (error || front)
		return error;
	error = watch(options, &destination, status);
	destination_abandon(&destination);
	return error;
}
