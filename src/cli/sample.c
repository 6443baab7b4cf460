/*
 * run: memory over time, sampled into a file that this tool and Python's mprof plot.
 *
 *     ptmem run -T 0.01 -C make -j4
 */
#include "cli/command.h"
#include "cli/message.h"
#include "cli/say.h"
#include "target/named.h"
#include "timeline/timeline.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Names taken already, second by second, before that is given up. */
#define NAMES_MAX 1000

/* Where samples go to. */
struct sample_file {
	const struct options *options;
	struct series_writer writer;
	int fd;
	bool created;
	char name[4096];
};

/* mprofile_20261126145502.dat, or a second later where there is one. */
static struct ptmem_error *create_named(struct sample_file *file)
{
	time_t start = time(NULL);

	for (time_t at = start; at < start + NAMES_MAX; at++) {
		struct tm local;

		localtime_r(&at, &local);
		strftime(file->name, sizeof file->name, "mprofile_%Y%m%d%H%M%S.dat", &local);
		file->fd = open(file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (file->fd >= 0 || errno != EEXIST)
			break;
	}
	file->created = file->fd >= 0;
	return file->created ? NULL : error_errno(errno, "%s", file->name);
}

/* What is there already is overwritten where it is one of ours, or empty. */
static bool is_ours(int fd)
{
	static const char *const words[] = {"CMDLINE ", "MEM ", "CHLD ", "FUNC "};
	char text[16] = {0};
	struct stat found;

	if (fstat(fd, &found) || !S_ISREG(found.st_mode) || !found.st_size)
		return true;
	if (pread(fd, text, sizeof text - 1, 0) < 0)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strncmp(text, words[i], strlen(words[i])))
			return true;
	return false;
}

static struct ptmem_error *open_given(struct sample_file *file, const char *path)
{
	struct stat found;

	snprintf(file->name, sizeof file->name, "%s", path);
	file->created = stat(path, &found) != 0;
	if (!file->created && S_ISREG(found.st_mode))
		file->fd = open(path, O_RDWR | O_CLOEXEC);
	else
		file->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (file->fd < 0)
		return error_errno(errno, "%s", path);
	if (is_ours(file->fd))
		return NULL;
	close(file->fd);
	file->fd = -1;
	return error_new(ERROR_USAGE,
		"%s: is there, and no samples over time: remove it, or give another name", path);
}

static struct ptmem_error *open_file(struct sample_file *file)
{
	const char *path = file->options->output;
	struct ptmem_error *error = NULL;

	file->fd = -1;
	file->created = false;
	if (path && !strcmp(path, "-")) {
		strcpy(file->name, "standard output");
		file->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
		error = file->fd < 0 ? error_errno(errno, "standard output") : NULL;
	} else {
		error = path ? open_given(file, path) : create_named(file);
	}
	series_writer_init(&file->writer, file->fd, file->name);
	return error;
}

/* What nothing was written to is as it was. */
static void close_file(struct sample_file *file, bool written)
{
	if (file->fd >= 0)
		close(file->fd);
	if (file->created && !written)
		unlink(file->name);
}

/* The words of a process that runs already. */
static struct ptmem_error *write_attached(struct series_writer *writer, pid_t pid)
{
	struct VEC(char *) words = {0};
	struct strbuf command = {0};
	struct ptmem_error *error = NULL;

	process_command(pid, &command);
	for (size_t at = 0; at < command.length; at += strlen(command.text + at) + 1) {
		char **word = vec_append(&words);

		if (word)
			*word = command.text + at;
	}
	if (vec_append(&words)) {
		words.items[words.count - 1] = NULL;
		error = series_write_command(writer, words.items);
	}
	vec_deinit(&words);
	strbuf_deinit(&command);
	return error;
}

static struct ptmem_error *begin(void *context)
{
	struct sample_file *file = context;
	struct stat found;

	if (!fstat(file->fd, &found) && S_ISREG(found.st_mode) && file->options->output &&
		strcmp(file->options->output, "-") != 0 && ftruncate(file->fd, 0))
		return error_errno(errno, "%s", file->name);
	if (file->options->attach)
		return write_attached(&file->writer, file->options->attach);
	return series_write_command(&file->writer, file->options->program);
}

static int status_of(const struct options *options, const struct timeline_result *result)
{
	if (options->attach)
		return 0;
	if (result->detached)
		return 128 + SIGINT;
	return WIFSIGNALED(result->status) ? 128 + WTERMSIG(result->status)
					   : WEXITSTATUS(result->status);
}

static void say_closing(const struct options *options, const struct sample_file *file,
	const struct timeline_result *result)
{
	for (size_t i = 0; result->warnings[i]; i++)
		message_print("%s", result->warnings[i]);
	if (result->detached && options->attach)
		message_print("%d runs on, not sampled any more", options->attach);
	else if (result->detached)
		message_print("the program runs on, not sampled any more");
	if (result->let_go)
		message_print("%" PRIu64 " of its children run%s on", result->let_go,
			result->let_go == 1 ? "s" : "");
	if (!result->begun) {
		message_print("nothing was sampled");
		return;
	}
	message_print("%" PRIu64 " sample%s in %s", result->samples, say_plural(result->samples),
		file->name);
}

static struct ptmem_error *sample(struct options *options, struct sample_file *file, int *status)
{
	struct timeline_options timeline = {
		.argv = options->program,
		.attach = options->attach,
		.interval = options->sample.interval,
		.timeout = options->sample.timeout,
		.kill = options->sample.kill,
		.sum = options->sample.sum,
		.each = options->sample.each,
		.metric = options->metric,
		.funcs = &options->funcs,
		.symbols = &options->symbols,
		.writer = &file->writer,
		.begin = begin,
		.context = file,
	};
	struct timeline_result result;
	struct ptmem_error *error = timeline_run(&timeline, &result);
	struct ptmem_error *written = series_writer_end(&file->writer);

	if (!error)
		error = written;
	else
		error_free(written);
	if (!error) {
		say_closing(options, file, &result);
		*status = status_of(options, &result);
	}
	close_file(file, result.samples > 0);
	timeline_result_deinit(&result);
	return error;
}

struct ptmem_error *command_sample(struct options *options, int *status)
{
	struct sample_file file = {.options = options};
	struct ptmem_error *error = open_file(&file);

	if (error)
		return error;
	if (options->sample.sum && !options->sample.metric_given) {
		options->metric = METRIC_PSS;
		message_print("several processes are added up: as pss, so that what they share "
			      "counts once");
	}
	return sample(options, &file, status);
}
