/* The recordings over time of the working folder. */
#include "series/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATTERN "mprofile_*.dat"

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct ptmem_error *folder_add(struct folder *folder, const char *name)
{
	struct stat found;
	char **file;

	if (fnmatch(PATTERN, name, 0) || lstat(name, &found) || !S_ISREG(found.st_mode))
		return NULL;
	file = vec_append(&folder->files);
	if (!file)
		return &error_no_memory;
	*file = strdup(name);
	return *file ? NULL : &error_no_memory;
}

struct ptmem_error *folder_open(struct folder *folder)
{
	struct folder opened = {0};
	DIR *directory = opendir(".");
	struct ptmem_error *error = NULL;
	struct dirent *entry;

	if (!directory)
		return error_errno(errno, "listing the working folder");
	while (!error && (entry = readdir(directory)))
		error = folder_add(&opened, entry->d_name);
	closedir(directory);
	if (error) {
		folder_close(&opened);
		return error;
	}
	if (opened.files.count)
		qsort(opened.files.items, opened.files.count, sizeof *opened.files.items,
			compare_names);
	*folder = opened;
	return NULL;
}

void folder_close(struct folder *folder)
{
	for (size_t i = 0; i < folder->files.count; i++)
		free(folder->files.items[i]);
	vec_deinit(&folder->files);
}

bool folder_is_index(const char *word)
{
	word += *word == '-';
	return *word && !word[strspn(word, "0123456789")];
}

static struct ptmem_error *no_files(void)
{
	return error_new(ERROR_USAGE, "no " PATTERN " in this folder: ptmem run makes them");
}

struct ptmem_error *folder_resolve(const struct folder *folder, const char *word, const char **path)
{
	size_t count = folder->files.count;
	long index;

	if (!folder_is_index(word)) {
		*path = word;
		return NULL;
	}
	if (!count)
		return no_files();
	index = strtol(word, NULL, 10); /* what is too large for it is too large for us */
	if (*word == '-' && index > -(long)count - 1)
		index += (long)count;
	if (index < 0 || (size_t)index >= count)
		return error_new(ERROR_USAGE,
			"%s: no such index: there are 0 to %zu, or -1 to -%zu: see ptmem list",
			word, count - 1, count);
	*path = folder->files.items[index];
	return NULL;
}

struct ptmem_error *folder_newest(const struct folder *folder, const char **path)
{
	return folder->files.count ? folder_resolve(folder, "-1", path) : no_files();
}
