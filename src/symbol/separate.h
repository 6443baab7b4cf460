/*
 * The debug file of an object that has none of its debug info itself: in a tree of files by
 * build-id, beside the object by the name that .gnu_debuglink gives, or on a server.
 *
 * A file is taken only if it is of the same build: it has the object's build-id, and the sum
 * that the link tells.
 */
#ifndef PTMEM_SYMBOL_SEPARATE_H
#define PTMEM_SYMBOL_SEPARATE_H

#include "base/error.h"
#include "symbol/elf.h"
#include "symbol/search.h"

/* All zero where there is none, but for the descriptor, which is -1. */
struct separate {
	struct found_file found;
	struct elf_file *elf;
	char *refused; /* in one line: a file that is there, and why it was not taken; or NULL */
};

/*
 * `path` is the object's, as the target has it, and `fd` its descriptor. Fails only for want of
 * memory. separate_close() is due on success.
 */
struct ptmem_error *separate_find(struct elf_file *object, const char *path, int fd,
	const struct search *search, struct separate *separate);
void separate_close(struct separate *separate);

#endif
