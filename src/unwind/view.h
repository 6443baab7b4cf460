/*
 * The target's memory as one unwinding sees it: a copy of the stack, made by few reads, and
 * the pages around what else is asked for, each read once. Or, without a stack, of whatever
 * else there is by the target's addresses: the files that are mapped there.
 *
 * What is asked for is up to the target's stack and tables, which may be anything: so there
 * is a limit to how much is answered before the view goes blind.
 */
#ifndef PTMEM_UNWIND_VIEW_H
#define PTMEM_UNWIND_VIEW_H

#include "base/error.h"
#include "target/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIEW_PAGE 4096
#define VIEW_PAGES 64

struct view_page {
	uint64_t start; /* of its memory; 1 where it holds none */
	size_t size;    /* readable bytes, from its start */
	uint8_t bytes[VIEW_PAGE];
};

/* Bytes from this address on: how many were read, at most `size`. */
typedef size_t view_source(void *owner, uint64_t address, void *bytes, size_t size);

struct view {
	const struct target_memory *memory;
	view_source *source;
	void *owner;
	uint8_t *stack;
	uint64_t stack_start;
	size_t stack_size, stack_capacity;
	struct view_page *pages; /* VIEW_PAGES of them; each has but one place where it can be */
	uint64_t answers_left;
};

struct ptmem_error *view_init(struct view *view, const struct target_memory *memory);
void view_deinit(struct view *view);

/* One without a stack, which reads from there. */
struct ptmem_error *view_init_source(struct view *view, view_source *source, void *owner);

/* Forgets what was read. */
void view_forget(struct view *view);

/* Forgets what was read, and copies the stack from here. ERROR_GONE where there is no memory. */
struct ptmem_error *view_begin(struct view *view, struct target_address stack_pointer);

/* So much, or so much more, may be asked for. */
void view_allow(struct view *view, uint64_t answers);
void view_extend(struct view *view, uint64_t answers);

/* All of these bytes, or false. */
bool view_read(struct view *view, uint64_t address, void *bytes, size_t size);

#endif
