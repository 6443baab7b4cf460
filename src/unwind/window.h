/*
 * The stack of a sample: a copy of its part from the stack pointer on, and what lies beyond
 * that, which is read from the target as it is now. If the target runs, what is beyond may not be
 * what it was, and may be anything.
 */
#ifndef PTMEM_UNWIND_WINDOW_H
#define PTMEM_UNWIND_WINDOW_H

#include "base/error.h"
#include "target/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct window {
	const struct target_memory *memory;
	const uint8_t *copy;
	uint64_t copy_start;
	size_t copy_limit; /* offsets below this one have a word */
	uint8_t *bytes;    /* what was read beyond: */
	uint64_t start;
	size_t size;
	size_t next;         /* how much is read at once the next time */
	uint64_t reads_left; /* of this sample */
	bool is_gone;        /* the memory, as far as was noticed */
	bool is_blind;       /* beyond the copy: what is there now is of another moment */
};

struct ptmem_error *window_init(struct window *window, const struct target_memory *memory);
void window_deinit(struct window *window);

/* A new sample; its copy is lent until the next one. */
void window_begin(struct window *window, uint64_t start, const uint8_t *copy, size_t size);

/* Whether nothing can be read since there is no memory any more (all threads have ended), or since
 * it is not to be looked at. */
bool window_is_gone(struct window *window);

bool window_read_beyond(struct window *window, uint64_t address, uint64_t *word);

static inline bool window_has(const struct window *window, uint64_t address)
{
	return address - window->copy_start < window->copy_limit;
}

/* Any address; false where nothing can be read. */
static inline bool window_read(struct window *window, uint64_t address, uint64_t *word)
{
	if (!window_has(window, address))
		return window_read_beyond(window, address, word);
	memcpy(word, window->copy + (address - window->copy_start), sizeof *word);
	return true;
}

/*
 * Single words from anywhere, by one system call, at most WINDOW_WORDS: how many of them, from the
 * first on, could be read.
 */
#define WINDOW_WORDS 16

size_t window_read_words(
	const struct window *window, const uint64_t *addresses, uint64_t *words, size_t count);

#endif
