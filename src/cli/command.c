/* The table of commands, and the statuses that their errors end in. */
#include "cli/command.h"

#define STATUS_FAILED 125
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND 127

struct ptmem_error *command_execute(struct options *options, int *status)
{
	static struct ptmem_error *(*const commands[])(struct options *, int *) = {
	        [ACTION_RUN] = command_run,
	        [ACTION_HELP] = command_help,
	        [ACTION_VERSION] = command_version,
	        [ACTION_COMPLETION] = command_completion,
	};

	return commands[options->action](options, status);
}

int command_error_status(const struct ptmem_error *error)
{
	if (error_is(error, ERROR_NOT_FOUND))
		return STATUS_NOT_FOUND;
	return error_is(error, ERROR_NOT_EXECUTABLE) ? STATUS_NOT_EXECUTABLE : STATUS_FAILED;
}
