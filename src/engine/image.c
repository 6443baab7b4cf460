/* The files that the processes of a session run or load. */
#include "engine/image.h"

#include "symbol/pattern.h"
#include "target/memory_image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void image_close(struct image *image)
{
	vec_deinit(&image->watched.list);
	vec_deinit(&image->statements);
	scope_deinit(&image->scope);
	object_close(image->object);
	if (image->fd >= 0)
		close(image->fd);
	if (image->root_fd >= 0)
		close(image->root_fd);
	free(image->root);
	free(image->path);
}

/* Files without an inode are told apart by their names. */
static uint32_t images_find(
	const struct images *images, dev_t device, ino_t inode, const char *path)
{
	for (size_t i = 0; i < images->count; i++) {
		const struct image *image = &images->items[i];

		if (image->device == device && image->inode == inode &&
			(inode || !strcmp(image->path, path)))
			return (uint32_t)i;
	}
	return IMAGE_NONE;
}

/* Whether what a process calls `/`, and mounts, is what we do. */
static bool shares_root(pid_t pid)
{
	char link[48], own[64] = "", other[64] = "";
	struct stat ours, root;

	snprintf(link, sizeof link, "/proc/%d/root/", pid);
	if (stat("/", &ours) || stat(link, &root) || ours.st_dev != root.st_dev ||
		ours.st_ino != root.st_ino)
		return false;
	snprintf(link, sizeof link, "/proc/%d/ns/mnt", pid);
	return readlink(link, other, sizeof other - 1) > 0 &&
	       readlink("/proc/self/ns/mnt", own, sizeof own - 1) > 0 && !strcmp(own, other);
}

/* The folder stays open: debug info is looked for when the process has long ended. */
static bool find_root(struct image *image, pid_t pid)
{
	char link[48];

	image->root_fd = -1;
	if (!shares_root(pid)) {
		snprintf(link, sizeof link, "/proc/%d/root", pid);
		image->root_fd = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (image->root_fd < 0)
		image->root = strdup("");
	else if (asprintf(&image->root, "/proc/self/fd/%d", image->root_fd) < 0)
		image->root = NULL;
	return image->root;
}

static struct ptmem_error *add_module(struct images *images, struct image *image)
{
	char *build_id = image->object ? object_build_id(image->object) : NULL;

	image->module = places_add_module(images->places, image->path, build_id);
	free(build_id);
	return image->module == UINT32_MAX ? &error_no_memory : NULL;
}

/* What is read through image->fd; `required`: it must be an object. */
static struct ptmem_error *image_read(
	struct images *images, struct image *image, pid_t pid, bool required)
{
	struct search search = {.options = images->symbols};
	struct ptmem_error *error = NULL;

	/* What is fetched for a library that nobody asked about, the program would wait for. */
	search.no_server = !required && !images->symbols->server_for_all &&
			   !(images->libs && pattern_list_matches_path(images->libs, image->path));
	if (!find_root(image, pid))
		return &error_no_memory;
	search.root = image->root;
	if (image->fd >= 0)
		error = object_open(image->path, image->fd, &search, &image->object);
	if (error && !required && !error_is(error, ERROR_NO_MEMORY)) {
		error_free(error);
		error = NULL;
	}
	return error ? error : add_module(images, image);
}

/* Takes the image over, whether it succeeds or not. */
static struct ptmem_error *images_add(
	struct images *images, struct image image, pid_t pid, bool required, uint32_t *index)
{
	struct ptmem_error *error =
		image.path ? image_read(images, &image, pid, required) : &error_no_memory;
	struct image *new = error ? NULL : vec_append(images);

	if (!error && !new)
		error = &error_no_memory;
	if (error) {
		image_close(&image);
		return error;
	}
	*new = image;
	*index = (uint32_t)images->count - 1;
	return NULL;
}

struct ptmem_error *images_open_program(struct images *images, pid_t pid, uint32_t *index)
{
	struct image image = {.root_fd = -1};
	char link[32], path[PATH_MAX];
	struct ptmem_error *error;
	struct stat file;
	ssize_t length;
	uint32_t found;

	snprintf(link, sizeof link, "/proc/%d/exe", pid);
	length = readlink(link, path, sizeof path - 1);
	image.fd = length < 0 ? -1 : open(link, O_RDONLY | O_CLOEXEC);
	if (image.fd < 0)
		return error_proc(errno, link);
	path[length] = '\0';
	if (fstat(image.fd, &file)) {
		error = error_errno(errno, "%s", path);
		close(image.fd);
		return error;
	}
	found = images_find(images, file.st_dev, file.st_ino, path);
	if (found != IMAGE_NONE) {
		close(image.fd);
		*index = found;
		return NULL;
	}
	image.device = file.st_dev;
	image.inode = file.st_ino;
	image.path = strdup(path);
	return images_add(images, image, pid, true, index);
}

/* Opening anything but a file may do something: a device is looked at first. Some file systems
 * show one device in a mapping and another in the file: the inode tells. */
static int open_file(const char *path, ino_t inode)
{
	struct stat file;

	if (stat(path, &file) || !S_ISREG(file.st_mode) || file.st_ino != inode)
		return -1;
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static int open_named(pid_t pid, const struct mapped_file *file)
{
	char *path;
	int fd;

	if (file->deleted || asprintf(&path, "/proc/%d/root%s", pid, file->path) < 0)
		return -1;
	fd = open_file(path, file->inode);
	free(path);
	return fd;
}

/* Leads to the file itself, whatever became of its name; for the privileged alone. */
static int open_mapping(pid_t pid, const struct mapped_file *file)
{
	char path[80];

	snprintf(path, sizeof path, "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, pid, file->code,
		file->code_end);
	return open_file(path, file->inode);
}

struct ptmem_error *images_open_mapped(struct images *images, const struct target_memory *memory,
	const struct mapped_file *file, uint32_t *index)
{
	struct image image = {.device = file->device, .inode = file->inode, .root_fd = -1};
	uint32_t found = images_find(images, file->device, file->inode, file->path);

	if (found != IMAGE_NONE) {
		*index = found;
		return NULL;
	}
	image.path = strdup(file->path);
	image.fd = file->inode ? open_named(memory->pid, file) : -1;
	if (image.fd < 0 && file->inode)
		image.fd = open_mapping(memory->pid, file);
	if (image.fd < 0)
		image.fd = memory_image_open(memory, file);
	return images_add(images, image, memory->pid, false, index);
}

void images_deinit(struct images *images)
{
	for (size_t i = 0; i < images->count; i++)
		image_close(&images->items[i]);
	free(images->items);
	images->items = NULL;
	images->count = images->capacity = 0;
}

const char *image_name(const struct image *image)
{
	const char *slash = strrchr(image->path, '/');

	return slash ? slash + 1 : image->path;
}

bool image_is_named(const struct image *image, const char *const *beginnings)
{
	const char *name = image_name(image);

	while (*beginnings && strncmp(name, *beginnings, strlen(*beginnings)))
		beginnings++;
	return *beginnings;
}
