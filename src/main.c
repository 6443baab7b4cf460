/* ptmem: which call path made a program's resident memory grow? */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"

int main(int argc, char **argv)
{
	struct options options;
	struct ptmem_error *error = options_parse(argc, argv, &options);
	int status = 0;

	if (!error)
		error = command_execute(&options, &status);
	if (error) {
		message_print("%s", error->message);
		status = command_error_status(error);
	}
	error_free(error);
	options_deinit(&options);
	return status;
}
