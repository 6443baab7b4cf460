/* ptmem: which call path made a program's resident memory grow? */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"

#include <fcntl.h>
#include <unistd.h>

/*
 * Where standard input, output or error came closed, nothing of ours may open in its
 * place. The program that is run finds it closed, as it would alone.
 */
static void occupy_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDWR | O_CLOEXEC);
}

int main(int argc, char **argv)
{
	struct options options;
	struct ptmem_error *error;
	int status = 0;

	occupy_standard_files();
	error = options_parse(argc, argv, &options);

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
