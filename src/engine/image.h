/*
 * The program images that a session has seen: each file once, kept open until its
 * functions' names have been looked up.
 */
#ifndef PTMEM_ENGINE_IMAGE_H
#define PTMEM_ENGINE_IMAGE_H

#include "base/error.h"
#include "base/vec.h"
#include "profile/profile.h"
#include "symbol/object.h"

#include <sys/stat.h>
#include <sys/types.h>

struct image {
	dev_t device;
	ino_t inode;
	int fd;
	uint32_t module; /* in the profile */
	struct object *object;
};

/* Zeroed is empty. */
struct images VEC(struct image);

/*
 * The image that a process runs, opened if it is new; its index in *index. The profile
 * gets a module for it.
 */
struct ptmem_error *images_open(
	struct images *images, pid_t pid, struct profile *profile, uint32_t *index);
void images_deinit(struct images *images);

#endif
