/*
 * An object as it lies in a target's memory, for want of its file: what is loaded of it, put
 * together as a file again. It has no sections, but the headers say where its dynamic symbols and
 * its unwind tables are.
 */
#ifndef PTMEM_TARGET_MEMORY_IMAGE_H
#define PTMEM_TARGET_MEMORY_IMAGE_H

#include "target/mapped.h"
#include "target/memory.h"

/* A file in memory of ours, to be closed; -1 where there is no object, or not the means. */
int memory_image_open(const struct target_memory *memory, const struct mapped_file *file);

#endif
