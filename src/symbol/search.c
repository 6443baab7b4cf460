/* Where debug info lies that is not in the object itself. */
#include "symbol/search.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define USUAL_DIR "/usr/lib/debug"

const struct search search_ours = {.options = &(struct symbol_options){0}, .root = ""};

/* Nothing but a file is read, whatever a path in a file leads to. */
static int only_regular(int fd)
{
	struct stat file;

	if (fd < 0 || (!fstat(fd, &file) && S_ISREG(file.st_mode)))
		return fd;
	close(fd);
	return -1;
}

/* Below another root: its links must not lead out of it (Linux 5.6). */
static int open_inside(const char *root, const char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

	if (folder < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
	close(folder);
	return fd;
}

static bool open_below(const char *root, const char *path, struct found_file *found)
{
	int fd = only_regular(*root ? open_inside(root, path)
				    : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));

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

size_t search_tree_count(const struct search *search)
{
	return search->options->debug_dirs.count + !search->options->no_usual_dir;
}

bool search_tree(
	const struct search *search, size_t tree, const char *path, struct found_file *found)
{
	bool is_ours = tree < search->options->debug_dirs.count;
	char *whole;
	bool there;

	if (asprintf(&whole, "%s/%s", is_ours ? search->options->debug_dirs.items[tree] : USUAL_DIR,
		    path) < 0)
		return false;
	there = (is_ours && open_below("", whole, found)) || search_path(search, whole, found);
	free(whole);
	return there;
}

/* Hex digits and nothing else, enough for a folder and a file. */
static bool is_build_id(const char *text)
{
	size_t length = strlen(text);

	return length > 2 && strspn(text, "0123456789abcdef") == length;
}

bool search_tree_build_id(
	const struct search *search, size_t tree, const char *build_id, struct found_file *found)
{
	char *path;
	bool there;

	if (!is_build_id(build_id) ||
		asprintf(&path, ".build-id/%.2s/%s.debug", build_id, build_id + 2) < 0)
		return false;
	there = search_tree(search, tree, path, found);
	free(path);
	return there;
}

bool search_server(const struct search *search, const char *build_id, struct found_file *found)
{
	struct found_file new = {.fd = -1};

	if (!search->options->server || search->no_server || !is_build_id(build_id))
		return false;
	new.fd = debug_server_find(search->options->server, build_id, &new.path);
	if (new.fd < 0)
		return false;
	*found = new;
	return true;
}

bool search_build_id(const struct search *search, const char *build_id, struct found_file *found)
{
	for (size_t i = 0; i < search_tree_count(search); i++)
		if (search_tree_build_id(search, i, build_id, found))
			return true;
	return search_server(search, build_id, found);
}

void found_file_close(struct found_file *found)
{
	if (found->fd >= 0)
		close(found->fd);
	free(found->path);
	*found = (struct found_file){.fd = -1};
}
