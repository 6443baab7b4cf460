/* Where debug info lies that is not in the object itself. */
#include "symbol/search.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USUAL_DIR "/usr/lib/debug"

const struct search search_ours = {.options = &(struct symbol_options){0}, .root = ""};

/* Nothing but a file is opened to be read, whatever a path in a file leads to. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat file;

	if (fd < 0 || (!fstat(fd, &file) && S_ISREG(file.st_mode)))
		return fd;
	close(fd);
	return -1;
}

static bool open_below(const char *root, const char *path, struct found_file *found)
{
	char *whole;
	int fd;

	if (asprintf(&whole, "%s%s", root, path) < 0)
		return false;
	fd = open_regular(whole);
	free(whole);
	if (fd < 0)
		return false;
	*found = (struct found_file){.fd = fd, .path = strdup(path)};
	if (found->path)
		return true;
	close(fd);
	return false;
}

bool search_path(const struct search *search, const char *path, struct found_file *found)
{
	if (*search->root && open_below(search->root, path, found))
		return true;
	return open_below("", path, found);
}

static bool find_in(const struct search *search, const char *dir, const char *build_id,
	struct found_file *found)
{
	char *path;
	bool there;

	if (asprintf(&path, "%s/.build-id/%.2s/%s.debug", dir, build_id, build_id + 2) < 0)
		return false;
	there = search_path(search, path, found);
	free(path);
	return there;
}

bool search_build_id(const struct search *search, const char *build_id, struct found_file *found)
{
	const struct symbol_options *options = search->options;

	if (strlen(build_id) < 3)
		return false;
	for (size_t i = 0; i < options->debug_dirs.count; i++)
		if (find_in(search, options->debug_dirs.items[i], build_id, found))
			return true;
	return find_in(search, USUAL_DIR, build_id, found);
}

void found_file_close(struct found_file *found)
{
	if (found->fd >= 0)
		close(found->fd);
	free(found->path);
	*found = (struct found_file){.fd = -1};
}
