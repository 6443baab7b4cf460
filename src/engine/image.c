/* The program images that a session has seen. */
#include "engine/image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint32_t images_find(const struct images *images, const struct stat *file)
{
	for (size_t i = 0; i < images->count; i++)
		if (images->items[i].device == file->st_dev &&
			images->items[i].inode == file->st_ino)
			return (uint32_t)i;
	return UINT32_MAX;
}

/* Takes the file descriptor over, on success. */
static struct ptmem_error *images_add(struct images *images, const char *path, int fd,
	const struct stat *file, struct profile *profile)
{
	struct object *object;
	struct ptmem_error *error = object_open(path, fd, &search_ours, &object);
	struct image *image;
	uint32_t module;
	char *build_id;

	if (error)
		return error;
	build_id = object_build_id(object);
	module = places_add_module(profile->places, path, build_id);
	free(build_id);
	image = module == UINT32_MAX ? NULL : vec_append(images);
	if (!image) {
		object_close(object);
		return &error_no_memory;
	}
	*image = (struct image){.device = file->st_dev,
		.inode = file->st_ino,
		.fd = fd,
		.module = module,
		.object = object};
	return NULL;
}

struct ptmem_error *images_open(
	struct images *images, pid_t pid, struct profile *profile, uint32_t *index)
{
	char link[32], path[PATH_MAX];
	struct ptmem_error *error = NULL;
	struct stat file;
	ssize_t length;
	uint32_t found;
	int fd;

	snprintf(link, sizeof link, "/proc/%d/exe", pid);
	length = readlink(link, path, sizeof path - 1);
	fd = length < 0 ? -1 : open(link, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? &error_gone : error_errno(errno, "opening the program");
	path[length] = '\0';
	if (fstat(fd, &file))
		error = error_errno(errno, "%s", path);
	found = error ? UINT32_MAX : images_find(images, &file);
	if (!error && found == UINT32_MAX) {
		error = images_add(images, path, fd, &file, profile);
		found = (uint32_t)images->count - 1;
	} else {
		close(fd);
		fd = -1;
	}
	if (!error)
		*index = found;
	else if (fd >= 0)
		close(fd);
	return error;
}

void images_deinit(struct images *images)
{
	for (size_t i = 0; i < images->count; i++) {
		object_close(images->items[i].object);
		close(images->items[i].fd);
	}
	vec_deinit(images);
}
