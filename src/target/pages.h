/*
 * What each page of a process is known to be, by its address: kept for regions of 2 MB that
 * something is known of.
 */
#ifndef PTMEM_TARGET_PAGES_H
#define PTMEM_TARGET_PAGES_H

#include "base/map.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_BYTES (UINT64_C(1) << PAGE_SHIFT)

/* A region is what one entry of a page table's second level spans. */
#define REGION_PAGES 512u
#define REGION_SHIFT 21
#define REGION_BYTES (UINT64_C(1) << REGION_SHIFT)

enum page_state {
	PAGE_NONE,
	PAGE_ANON,
	PAGE_FILE,
	PAGE_SHARED, /* anonymous, and since a fork not its own alone; only of the forgetful */
};

struct pages_region;

/* Zeroed knows nothing. */
struct pages {
	struct map index; /* of a region's number to its place */
	struct VEC(struct pages_region *) regions;
};

void pages_deinit(struct pages *pages);

enum page_state pages_state(const struct pages *pages, uint64_t address);

/* What it was; what it is to be, where there is no memory to note it. */
enum page_state pages_set(struct pages *pages, uint64_t address, enum page_state state);

/* Whether anything was noted in its region. */
bool pages_know(const struct pages *pages, uint64_t address);

/* A way through what is known of a range, which may be larger than all memory there is. */
struct pages_walk {
	const struct pages *pages;
	uint64_t start, end;
	bool all;    /* regions are gone through, as there are fewer than the range spans */
	size_t next; /* of them, or of those that the range spans */
	size_t count;
};

struct pages_walk pages_walk(const struct pages *pages, uint64_t start, uint64_t size);

/* The next piece, within one region; false when there is no more. */
bool pages_next(struct pages_walk *walk, uint64_t *from, uint64_t *to);

#endif
