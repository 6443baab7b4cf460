/* The command without a name: run a program, or watch a process, then report. */
#include "cli/command.h"
#include "cli/destination.h"
#include "cli/say.h"
#include "cli/watch.h"

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

struct ptmem_error *command_run(struct options *options, int *status)
{
	struct session_result result = {0};
	struct profiles profiles = {0};
	struct destination destination;
	struct ptmem_error *error = destination_open(&destination, options);

	if (error)
		return error;
	error = watch_program(options, &profiles, &result);
	if (!error)
		error = report(options, &destination, &profiles, &result);
	if (!error)
		*status = watch_status(options, &result);
	destination_abandon(&destination);
	session_result_deinit(&result);
	profiles_deinit(&profiles);
	return error;
}
