/*
 * The files that the processes of a session run or load: each once, kept open until its
 * functions' names have been looked up. A file is read as it is mapped: through the target's own
 * root, or, where its name leads elsewhere by now, through the mapping, or out of the memory.
 */
#ifndef PTMEM_ENGINE_IMAGE_H
#define PTMEM_ENGINE_IMAGE_H

#include "base/error.h"
#include "base/vec.h"
#include "engine/scope.h"
#include "engine/statements.h"
#include "engine/watch.h"
#include "profile/places.h"
#include "symbol/object.h"
#include "target/mapped.h"
#include "target/memory.h"

#include <sys/stat.h>
#include <sys/types.h>

#define IMAGE_NONE UINT32_MAX

struct image {
	dev_t device;
	ino_t inode;
	int fd;
	char *root; /* where the target's files are, below an open folder of ours; "" for our own */
	int root_fd;
	char *path;            /* as the target has it */
	uint32_t module;       /* in the places */
	struct object *object; /* NULL: it cannot be read as one */
	struct watch_selection watched;
	struct statement_list statements; /* to stop at, line by line */
	struct scope scope;               /* where what is measured begins and ends */
	bool is_program;
	bool is_chosen; /* what is watched of it has been decided */
};

struct images {
	struct image *items;
	size_t count, capacity;
	const struct symbol_options *symbols;
	struct pattern_list *libs; /* the libraries that the user named, or NULL */
	struct places *places;     /* which get a module for each */
	bool stops_at_lines;       /* of some there are statements to stop at */
};

/* The image that a process runs; its index in *index. */
struct ptmem_error *images_open_program(struct images *images, pid_t pid, uint32_t *index);

/*
 * That of a file that is loaded into a process. What is no object, or cannot be read, is an image
 * without one; only lack of memory is an error, and a process that is gone.
 */
struct ptmem_error *images_open_mapped(struct images *images, const struct target_memory *memory,
	const struct mapped_file *file, uint32_t *index);

void images_deinit(struct images *images);

/* The file's name, without its folders; whether it begins with one of these, the last of which is
 * NULL. */
const char *image_name(const struct image *image);
bool image_is_named(const struct image *image, const char *const *beginnings);

#endif
