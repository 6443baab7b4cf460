/*
 * rm and clean: remove samples over time, and nothing else. What a name or an index stands for
 * is read before: a file that is no such samples stays.
 */
#include "cli/command.h"
#include "cli/message.h"
#include "report/output.h"
#include "series/folder.h"
#include "series/series.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct paths VEC(const char *);

/* Whether it is ours to remove. */
static struct ptmem_error *check_file(const char *path)
{
	struct stat found;
	struct series series;
	struct ptmem_error *error;

	if (lstat(path, &found))
		return error_errno(errno, "%s", path);
	if (!S_ISREG(found.st_mode))
		return error_new(ERROR_FORMAT, "%s: no plain file: it stays", path);
	error = series_read(path, &series);
	if (!error)
		series_deinit(&series);
	return error;
}

/* Once, however often it is named. */
static struct ptmem_error *add_path(struct paths *paths, const char *path)
{
	const char **new;

	for (size_t i = 0; i < paths->count; i++)
		if (!strcmp(paths->items[i], path))
			return NULL;
	new = vec_append(paths);
	if (!new)
		return &error_no_memory;
	*new = path;
	return NULL;
}

static struct ptmem_error *print_paths(const struct paths *paths)
{
	struct strbuf text = {0};

	for (size_t i = 0; i < paths->count; i++) {
		strbuf_add_printable(&text, paths->items[i]);
		strbuf_add(&text, "\n");
	}
	return output_text(stdout, &text);
}

static struct ptmem_error *remove_paths(const struct options *options, const struct paths *paths)
{
	if (options->dry_run)
		return print_paths(paths);
	for (size_t i = 0; i < paths->count; i++)
		if (unlink(paths->items[i]))
			return error_errno(errno, "removing %s", paths->items[i]);
	return NULL;
}

/* Removes what was chosen, unless that went wrong. */
static struct ptmem_error *finish(const struct options *options, struct folder *folder,
	struct paths *paths, struct ptmem_error *error, int *status)
{
	if (!error)
		error = remove_paths(options, paths);
	if (!error)
		*status = 0;
	vec_deinit(paths);
	folder_close(folder);
	return error;
}

/* All of them, or none where one is not to be removed. */
struct ptmem_error *command_rm(struct options *options, int *status)
{
	struct folder folder = {0};
	struct paths paths = {0};
	struct ptmem_error *error = folder_open(&folder);

	for (size_t i = 0; !error && i < options->files.count; i++) {
		const char *path = NULL;

		error = folder_resolve(&folder, options->files.items[i], &path);
		if (!error)
			error = check_file(path);
		if (!error)
			error = add_path(&paths, path);
	}
	return finish(options, &folder, &paths, error, status);
}

struct ptmem_error *command_clean(struct options *options, int *status)
{
	struct folder folder = {0};
	struct paths paths = {0};
	struct ptmem_error *error = folder_open(&folder);

	for (size_t i = 0; !error && i < folder.files.count; i++) {
		struct ptmem_error *other = check_file(folder.files.items[i]);

		if (other)
			message_print("stays: %s", other->message);
		else
			error = add_path(&paths, folder.files.items[i]);
		error_free(other);
	}
	return finish(options, &folder, &paths, error, status);
}
