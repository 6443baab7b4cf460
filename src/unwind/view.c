/* The target's memory as one unwinding sees it. */
#include "unwind/view.h"

#include <stdlib.h>
#include <string.h>

/* Enough for nearly every thread; copied in some microseconds. */
#define STACK_FIRST ((size_t)64 << 10)

/* Deeper stacks are read by pages: a wild stack pointer must not make ptmem copy a heap. */
#define STACK_MAX ((size_t)64 << 20)

/* Some milliseconds' worth. A page that must be read first takes as long as so many answers. */
#define ANSWERS_FIRST ((uint64_t)1 << 19)
#define PAGE_ANSWERS 64

static size_t read_memory(void *owner, uint64_t address, void *bytes, size_t size)
{
	return target_read_some(owner, target_address(address), bytes, size);
}

struct ptmem_error *view_init_source(struct view *view, view_source *source, void *owner)
{
	*view = (struct view){
		.source = source,
		.owner = owner,
		.pages = malloc(VIEW_PAGES * sizeof *view->pages),
	};
	if (!view->pages)
		return &error_no_memory;
	view_forget(view);
	return NULL;
}

struct ptmem_error *view_init(struct view *view, const struct target_memory *memory)
{
	struct ptmem_error *error = view_init_source(view, read_memory, (void *)memory);

	if (error)
		return error;
	view->memory = memory;
	view->stack_capacity = STACK_FIRST;
	view->stack = malloc(STACK_FIRST);
	if (view->stack)
		return NULL;
	view_deinit(view);
	return &error_no_memory;
}

void view_deinit(struct view *view)
{
	free(view->stack);
	free(view->pages);
	view->stack = NULL;
	view->pages = NULL;
}

void view_forget(struct view *view)
{
	for (size_t i = 0; i < VIEW_PAGES; i++)
		view->pages[i].start = 1;
}

/* A stack pointer may point anywhere; only memory that is no more is an error. */
struct ptmem_error *view_begin(struct view *view, struct target_address stack_pointer)
{
	struct ptmem_error *error;
	uint8_t byte;

	view_forget(view);
	view->answers_left = ANSWERS_FIRST;
	view->stack_start = stack_pointer.value;
	view->stack_size = target_read_some(view->memory, stack_pointer, view->stack, STACK_FIRST);
	if (view->stack_size)
		return NULL;
	error = target_read(view->memory, stack_pointer, &byte, 1);
	if (error_is(error, ERROR_GONE))
		return error;
	error_free(error);
	return NULL;
}

void view_allow(struct view *view, uint64_t answers)
{
	view->answers_left = answers;
}

void view_extend(struct view *view, uint64_t answers)
{
	view->answers_left += answers;
}

/* Doubles the copy, up to where the stack's mapping ends. */
static bool stack_grow(struct view *view)
{
	size_t capacity = view->stack_size * 2, more;
	uint8_t *stack;

	if (capacity > STACK_MAX)
		return false;
	if (capacity > view->stack_capacity) {
		stack = realloc(view->stack, capacity);
		if (!stack)
			return false;
		view->stack = stack;
		view->stack_capacity = capacity;
	}
	more = target_read_some(view->memory, target_address(view->stack_start + view->stack_size),
		view->stack + view->stack_size, view->stack_size);
	view->stack_size += more;
	return more > 0;
}

static const uint8_t *stack_bytes(struct view *view, uint64_t address, size_t size)
{
	uint64_t offset = address - view->stack_start;

	if (offset >= view->stack_size * 2)
		return NULL;
	if (offset + size > view->stack_size &&
		(!stack_grow(view) || offset + size > view->stack_size))
		return NULL;
	return view->stack + offset;
}

static void charge(struct view *view, uint64_t answers)
{
	view->answers_left -= answers < view->answers_left ? answers : view->answers_left;
}

/* What cannot be read now may be another time, when a source has something there. */
static const struct view_page *page_at(struct view *view, uint64_t start)
{
	struct view_page *page = &view->pages[start / VIEW_PAGE % VIEW_PAGES];

	if (page->start != start) {
		charge(view, PAGE_ANSWERS);
		page->size = view->source(view->owner, start, page->bytes, VIEW_PAGE);
		page->start = page->size ? start : 1;
	}
	return page;
}

static bool read_pages(struct view *view, uint64_t address, uint8_t *bytes, size_t size)
{
	while (size) {
		uint64_t offset = address % VIEW_PAGE;
		const struct view_page *page = page_at(view, address - offset);
		size_t part = size < VIEW_PAGE - offset ? size : VIEW_PAGE - offset;

		if (offset + part > page->size)
			return false;
		memcpy(bytes, page->bytes + offset, part);
		bytes += part;
		address += part;
		size -= part;
	}
	return true;
}

bool view_read(struct view *view, uint64_t address, void *bytes, size_t size)
{
	const uint8_t *copy;

	if (!view->answers_left || address + size < address)
		return false;
	charge(view, 1);
	copy = stack_bytes(view, address, size);
	if (!copy)
		return read_pages(view, address, bytes, size);
	memcpy(bytes, copy, size);
	return true;
}
