/*
 * The tables of what is loaded, as their files have them. Reading them in the target's memory
 * would make pages of its files resident, which is what is being measured. Only what has no file,
 * the vdso, is read in memory.
 *
 * All addresses are the target's. Files may be anything and may change: nothing is mapped, and
 * pages of tables are read when they are needed, some of which are kept.
 */
#ifndef PTMEM_UNWIND_IMAGES_H
#define PTMEM_UNWIND_IMAGES_H

#include "base/error.h"
#include "base/vec.h"
#include "target/memory.h"
#include "unwind/image.h"
#include "unwind/tables.h"
#include "unwind/view.h"

/* A part of a file that is loaded, from the page on that has its first byte. */
struct image_segment {
	uint64_t start, end;
	uint64_t offset; /* in the file */
	bool executable;
};

struct known_image {
	struct unwind_image image;
	struct image_segments VEC(struct image_segment) segments;
	struct table table;
	bool has_table;
};

struct process_images {
	const struct target_memory *memory;
	unwind_find_image *find;
	void *owner;
	struct known_images VEC(struct known_image) known;
	size_t last;                      /* the one that was found last */
	const struct known_image *source; /* which the view reads */
	struct view view;
};

struct ptmem_error *process_images_init(struct process_images *images,
	const struct target_memory *memory, unwind_find_image *find, void *owner);
void process_images_deinit(struct process_images *images);

/* What lies between these addresses is no longer what it was. */
void process_images_forget(struct process_images *images, uint64_t start, uint64_t end);

/* NULL where this address is in the code of none, or memory is short. Until the next call. */
const struct known_image *process_image_at(struct process_images *images, uint64_t pc);

/* The view reads this one from now on, and may be asked for what takes one look-up. */
struct view *process_image_view(struct process_images *images, const struct known_image *image);

#endif
