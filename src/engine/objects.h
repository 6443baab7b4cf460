/*
 * The objects that are loaded into a process: the program, its shared libraries, the dynamic
 * linker, the vdso. Each is one of the session's images, at some place in the memory.
 */
#ifndef PTMEM_ENGINE_OBJECTS_H
#define PTMEM_ENGINE_OBJECTS_H

#include "base/address.h"
#include "base/error.h"
#include "base/vec.h"
#include "engine/image.h"

#include <stdbool.h>
#include <stdint.h>

struct loaded_object {
	uint64_t start, end;
	uint64_t bias; /* from an address in its file to one here */
	uint32_t image;
	uint32_t module;  /* the image's, in the places */
	bool is_new;      /* it was not there when last looked at */
	bool is_program;  /* what the process was made to execute */
	bool is_ready;    /* what is watched in it was noted to be planted */
	bool is_searched; /* for what leaves frames by a jump */
};

/* In ascending order of start. */
struct objects {
	struct loaded_object *items;
	size_t count, capacity;
	struct target_address entry; /* of the program */
	uint32_t program;            /* its image */
};

/* Nothing is known yet of what a program of this image has loaded, which begins at this address. */
void objects_begin(struct objects *objects, uint32_t program, struct target_address entry);
void objects_deinit(struct objects *objects);

/* An empty one becomes a copy of another; false when out of memory. */
bool objects_copy(struct objects *objects, const struct objects *from);

/* Something that was loaded is no more; its place may be another's by now. */
typedef void object_gone(void *owner, const struct loaded_object *object);

/*
 * Looks at what is loaded now, and opens what is new. `gone` is called for each that was there
 * and is not any more.
 */
struct ptmem_error *objects_update(struct objects *objects, struct images *images,
	const struct target_memory *memory, object_gone *gone, void *owner);

/* The object that this address lies in, or NULL. */
struct loaded_object *objects_at(const struct objects *objects, struct target_address address);

/* An address in an object's file. */
static inline struct file_address object_address(
	const struct loaded_object *object, struct target_address address)
{
	return (struct file_address){address.value - object->bias};
}

#endif
