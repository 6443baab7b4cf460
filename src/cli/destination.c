/* Where a command's report goes. */
#include "cli/destination.h"

#include "cli/load.h"
#include "cli/pager.h"
#include "report/sections.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Never one of the three standard descriptors: where ptmem was started without one, the
 * file would become what it and the program print to.
 */
static int open_high(const char *path, int flags)
{
	int fd = open(path, flags | O_WRONLY | O_CLOEXEC | O_NOCTTY, 0666);
	int high;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return high;
}

struct ptmem_error *destination_open_file(
	struct destination *destination, const char *option, const char *path)
{
	int fd;

	*destination = (struct destination){.fd = -1};
	if (!path || !strcmp(path, "-"))
		return NULL;
	if (load_is_recording(path))
		return error_new(ERROR_USAGE,
			"--%s: '%s' is a recording: it is not overwritten by a report", option,
			path);
	fd = open_high(path, 0);
	if (fd < 0 && errno == ENOENT) {
		fd = open_high(path, O_CREAT | O_EXCL);
		destination->created = fd >= 0;
	}
	if (fd < 0 && errno == EEXIST) /* a link to nothing, or it came between */
		fd = open_high(path, O_CREAT);
	if (fd < 0)
		return error_errno(errno, "--%s: '%s' cannot be written", option, path);
	destination->path = path;
	destination->fd = fd;
	return NULL;
}

struct ptmem_error *destination_open(struct destination *destination, const struct options *options)
{
	return destination_open_file(destination, "output", options->output);
}

void destination_abandon(struct destination *destination)
{
	struct stat status;

	free(destination->text);
	destination->text = NULL;
	if (destination->fd < 0)
		return;
	if (destination->created && !fstat(destination->fd, &status) && !status.st_size)
		unlink(destination->path);
	close(destination->fd);
	destination->fd = -1;
}

static struct ptmem_error *write_failed(const struct destination *destination, int errnum)
{
	const char *name = destination->path ? destination->path : "standard output";

	return error_errno(errnum, "the report cannot be written to %s", name);
}

static bool want_color(enum color_mode mode, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (mode != COLOR_AUTO)
		return mode == COLOR_ALWAYS;
	return isatty(fd) && !(no_color && *no_color) && terminal && *terminal &&
	       strcmp(terminal, "dumb") != 0;
}

static struct ptmem_error *begin_file(struct destination *destination)
{
	struct ptmem_error *error;
	struct stat status;

	if (fstat(destination->fd, &status) ||
		(S_ISREG(status.st_mode) && ftruncate(destination->fd, 0)) ||
		!(destination->out = fdopen(destination->fd, "w"))) {
		error = write_failed(destination, errno);
		destination_abandon(destination);
		return error;
	}
	destination->fd = -1;
	return NULL;
}

struct ptmem_error *destination_begin(
	struct destination *destination, const struct options *options, bool may_page)
{
	bool file = destination->path != NULL;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* beyond ulimit -f: an error of the write */
	destination->color = want_color(options->color, file ? destination->fd : STDOUT_FILENO);
	if (file)
		return begin_file(destination);
	destination->out = stdout;
	if (!may_page || !pager_is_wanted())
		return NULL;
	destination->paged = true;
	destination->out = open_memstream(&destination->text, &destination->length);
	return destination->out ? NULL : &error_no_memory;
}

static struct ptmem_error *report_several(struct destination *destination,
	const struct report_ops *format, const struct report_options *options,
	const struct profiles *profiles, struct report_hidden *hidden)
{
	struct profile total;
	struct ptmem_error *error = profiles_total(profiles, &total);

	if (error)
		return error;
	error = format->write_several(profiles, &total, options, destination->out, hidden);
	profile_deinit(&total);
	return error;
}

struct ptmem_error *destination_report(struct destination *destination,
	const struct options *options, const struct profiles *profiles)
{
	const struct report_ops *format = options->format;
	struct report_options report = options->report;
	struct report_hidden hidden = {0};
	struct ptmem_error *error;

	report.color = destination->color;
	if (profiles->count > 1)
		error = report_several(destination, format, &report, profiles, &hidden);
	else
		error = format->write(profiles_first(profiles), &report, destination->out, &hidden);
	hidden_add(&destination->hidden, &hidden);
	return error;
}

/* Without a pager all the same, where none can be started. */
static int show_pages(const struct destination *destination)
{
	if (pager_show(destination->text, destination->length))
		return 0;
	errno = 0;
	if (fwrite(destination->text, 1, destination->length, stdout) == destination->length &&
		!fflush(stdout))
		return 0;
	return errno ? errno : EIO;
}

/* The errno of what was not written, or 0. */
static int close_stream(struct destination *destination)
{
	errno = 0;
	if (destination->out == stdout)
		return fflush(stdout) ? errno : 0;
	return fclose(destination->out) ? errno : 0;
}

struct ptmem_error *destination_finish(struct destination *destination, struct ptmem_error *error)
{
	int problem = close_stream(destination);

	destination->out = NULL;
	if (destination->paged && !error && !problem)
		problem = show_pages(destination);
	if (error_is(error, ERROR_SYSTEM) && error->errnum) {
		problem = error->errnum;
		error_free(error);
		error = NULL;
	}
	if (error || !problem || problem == EPIPE)
		return error;
	return write_failed(destination, problem);
}
