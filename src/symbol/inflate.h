/*
 * Sections that lie compressed in a file: inflated when they are asked for, or ahead of that, by
 * a thread that does so for the file while there is something else to do.
 */
#ifndef PTMEM_SYMBOL_INFLATE_H
#define PTMEM_SYMBOL_INFLATE_H

#include "symbol/elf.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum inflate_method {
	INFLATE_ZLIB,
	INFLATE_ZSTD,
};

enum inflate_state {
	INFLATE_UNKNOWN,   /* not asked for yet */
	INFLATE_WANTED,    /* ahead of time */
	INFLATE_UNDER_WAY, /* by the thread, or who asked */
	INFLATE_DONE,
};

/* A section. */
struct inflation {
	enum inflate_state state;
	enum inflate_method method;
	struct elf_bytes packed;
	uint64_t size;  /* of what it becomes */
	uint8_t *plain; /* NULL: it cannot be inflated */
};

/* Zeroed has no sections. */
struct inflater {
	struct inflation *sections; /* by their numbers in the file */
	size_t count;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool begun, ends;
	bool is_through; /* the thread has nothing left to do */
};

/* For a file with so many sections; false when out of memory. */
bool inflater_init(struct inflater *inflater, size_t count);

/* Waits for what is under way, and frees all that was inflated. */
void inflater_deinit(struct inflater *inflater);

/*
 * Says how a section is packed, before anything else is said of it. Its bytes stay as they are
 * until the end. False where that cannot be, or cannot be inflated here.
 */
bool inflater_add(struct inflater *inflater, size_t section, enum inflate_method method,
	struct elf_bytes packed, uint64_t size);
bool inflater_has(const struct inflater *inflater, size_t section);

/* Begins with all sections that were added. Without a thread they wait until they are asked for. */
void inflater_begin(struct inflater *inflater);

/* Whether the thread is at it still: what is asked for may have to be waited for. */
bool inflater_is_busy(struct inflater *inflater);

/* What a section was packed from; false where that cannot be had. */
bool inflater_get(struct inflater *inflater, size_t section, struct elf_bytes *bytes);

#endif
