/* The command without a name: run a program to its end, then report. */
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/message.h"
#include "engine/session.h"
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the report goes. */
struct output {
	const char *path; /* NULL: standard output */
	int fd;           /* of path, until there is a stream */
	bool created;     /* there was no such file before */
};

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

/* Before the program starts, so that a report that cannot be written costs no run. */
static struct ptmem_error *output_open(const struct options *options, struct output *output)
{
	const char *path = options->output;
	int fd;

	*output = (struct output){.fd = -1};
	if (!path || !strcmp(path, "-"))
		return NULL;
	fd = open_high(path, 0);
	if (fd < 0 && errno == ENOENT) {
		fd = open_high(path, O_CREAT | O_EXCL);
		output->created = fd >= 0;
	}
	if (fd < 0 && errno == EEXIST) /* a link to nothing, or it came between */
		fd = open_high(path, O_CREAT);
	if (fd < 0)
		return error_errno(errno, "--output: '%s' cannot be written", path);
	output->path = path;
	output->fd = fd;
	return NULL;
}

/* Without a report: the old content stays, and a file that was not there is not there. */
static void output_abandon(struct output *output)
{
	struct stat status;

	if (output->fd < 0)
		return;
	if (output->created && !fstat(output->fd, &status) && !status.st_size)
		unlink(output->path);
	close(output->fd);
	output->fd = -1;
}

static struct ptmem_error *output_failed(const struct output *output, int errnum)
{
	const char *name = output->path ? output->path : "standard output";

	return error_errno(errnum, "the report cannot be written to %s", name);
}

static struct ptmem_error *output_stream(struct output *output, FILE **out)
{
	struct ptmem_error *error;
	struct stat status;

	*out = stdout;
	if (!output->path)
		return NULL;
	if (fstat(output->fd, &status) || (S_ISREG(status.st_mode) && ftruncate(output->fd, 0)) ||
	        !(*out = fdopen(output->fd, "w"))) {
		error = output_failed(output, errno);
		output_abandon(output);
		return error;
	}
	output->fd = -1;
	return NULL;
}

static bool want_color(enum color_mode mode, FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (mode != COLOR_AUTO)
		return mode == COLOR_ALWAYS;
	return isatty(fileno(out)) && !(no_color && *no_color) && terminal && *terminal &&
	       strcmp(terminal, "dumb") != 0;
}

/* A reader that has seen enough and closed the pipe is no failure. */
static struct ptmem_error *write_report(const struct options *options, struct output *output,
        const struct profile *profile, struct report_hidden *hidden)
{
	struct report_options report = options->report;
	struct ptmem_error *error;
	FILE *out;
	int errnum;

	error = output_stream(output, &out);
	if (error)
		return error;
	report.color = want_color(options->color, out);
	error = options->format->write(profile, &report, out, hidden);
	if (output->path && fclose(out) && !error)
		return output_failed(output, errno);
	if (!error_is(error, ERROR_SYSTEM))
		return error;
	errnum = error->errnum;
	error_free(error);
	return errnum == EPIPE ? NULL : output_failed(output, errnum);
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void say_hidden(const struct report_hidden *hidden, const struct options *options)
{
	struct strbuf text = {0};
	size_t rows = hidden->below_min + hidden->beyond_top;

	if (!rows)
		return;
	if (hidden->below_min)
		strbuf_addf(&text, "%zu row%s below %s MB", hidden->below_min,
		        plural(hidden->below_min), options->min_text);
	if (hidden->below_min && hidden->beyond_top)
		strbuf_addf(&text, " and %zu beyond the top %zu", hidden->beyond_top,
		        options->report.top);
	else if (hidden->beyond_top)
		strbuf_addf(&text, "%zu row%s beyond the top %zu", hidden->beyond_top,
		        plural(hidden->beyond_top), options->report.top);
	message_print("%s %s not shown", text.text ? text.text : "rows", rows == 1 ? "is" : "are");
	strbuf_deinit(&text);
}

static void add_released(struct strbuf *text, const struct options *options,
        const struct profile *profile, const struct session_result *result)
{
	if (!result->released)
		return;
	strbuf_addf(text,
	        "; %" PRIu64 " function%s let go after %" PRIu64 " call%s that changed nothing",
	        result->released, plural(result->released), options->max_hits,
	        plural(options->max_hits));
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
	        result->calls, plural(result->calls), result->functions, plural(result->functions));
	add_released(&text, options, profile, result);
	if (result->steps)
		strbuf_addf(
		        &text, "; %" PRIu64 " single step%s", result->steps, plural(result->steps));
	if (result->uncaught)
		strbuf_addf(&text, "; %" PRIu64 " return%s not caught", result->uncaught,
		        plural(result->uncaught));
	message_print("%s", text.text ? text.text : "out of memory");
	strbuf_deinit(&text);
}

static void say_warnings(const struct session_result *result)
{
	size_t count = sizeof result->warnings / sizeof result->warnings[0];

	for (size_t i = 0; i < count && result->warnings[i]; i++)
		message_print("%s", result->warnings[i]);
}

/* Checked on every run: a report that does not add up is wrong, and says so. */
static void say_balance(const struct options *options, const struct profile *profile)
{
	if (!report_balance(profile, options->verbose ? stderr : NULL))
		message_print("the rows do not add up to what memory changed by: "
		              "please report this, with what -v prints");
}

static struct ptmem_error *report(const struct options *options, struct output *output,
        const struct profile *profile, const struct session_result *result)
{
	struct report_hidden hidden = {0};
	struct ptmem_error *error;

	say_warnings(result);
	error = write_report(options, output, profile, &hidden);
	if (!error)
		say_hidden(&hidden, options);
	say_balance(options, profile);
	say_closing(options, profile, result);
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
	        .files = &options->files,
	        .max_hits = options->max_hits,
	        .aslr = options->aslr,
	        .thp = options->thp,
	};

	if (!profile_init(profile, options->metric))
		return &error_no_memory;
	return session_run(&session, profile, result);
}

struct ptmem_error *command_run(struct options *options, int *status)
{
	struct session_result result = {0};
	struct profile profile = {0};
	struct output output;
	struct ptmem_error *error = output_open(options, &output);

	if (error)
		return error;
	error = run_session(options, &profile, &result);
	if (!error) {
		/* Not before: the program would have inherited it. */
		signal(SIGPIPE, SIG_IGN);
		error = report(options, &output, &profile, &result);
	}
	if (!error)
		*status = exit_status(result.status);
	output_abandon(&output);
	session_result_deinit(&result);
	profile_deinit(&profile);
	return error;
}
