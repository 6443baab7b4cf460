/* Regions by their number. */
#include "target/pages.h"

#include <stdlib.h>

/* Nothing of a process is there. */
#define LAST_PAGE (~(PAGE_BYTES - 1))

struct pages_region {
	uint64_t start;
	uint8_t states[REGION_PAGES]; /* enum page_state */
};

void pages_deinit(struct pages *pages)
{
	for (size_t i = 0; i < pages->regions.count; i++)
		free(pages->regions.items[i]);
	vec_deinit(&pages->regions);
	map_deinit(&pages->index);
}

static struct pages_region *region_at(const struct pages *pages, uint64_t address)
{
	uint32_t place = map_get(&pages->index, address >> REGION_SHIFT);

	return place == MAP_NONE ? NULL : pages->regions.items[place];
}

/* NULL when out of memory. */
static struct pages_region *region_make(struct pages *pages, uint64_t address)
{
	struct pages_region *region = region_at(pages, address), **new;

	if (region)
		return region;
	region = calloc(1, sizeof *region);
	new = region ? vec_append(&pages->regions) : NULL;
	if (!new || !map_set(&pages->index, address >> REGION_SHIFT,
			    (uint32_t)(pages->regions.count - 1))) {
		pages->regions.count -= new != NULL;
		free(region);
		return NULL;
	}
	region->start = address & ~(REGION_BYTES - 1);
	return *new = region;
}

static size_t place_in_region(uint64_t address)
{
	return address >> PAGE_SHIFT & (REGION_PAGES - 1);
}

enum page_state pages_state(const struct pages *pages, uint64_t address)
{
	const struct pages_region *region = region_at(pages, address);

	return region ? (enum page_state)region->states[place_in_region(address)] : PAGE_NONE;
}

enum page_state pages_set(struct pages *pages, uint64_t address, enum page_state state)
{
	struct pages_region *region =
		state == PAGE_NONE ? region_at(pages, address) : region_make(pages, address);
	enum page_state before;

	if (!region)
		return state;
	before = (enum page_state)region->states[place_in_region(address)];
	region->states[place_in_region(address)] = (uint8_t)state;
	return before;
}

bool pages_know(const struct pages *pages, uint64_t address)
{
	return region_at(pages, address);
}

struct pages_walk pages_walk(const struct pages *pages, uint64_t start, uint64_t size)
{
	struct pages_walk walk = {
		.pages = pages,
		.start = start & ~(PAGE_BYTES - 1),
		.end = start < LAST_PAGE && size < LAST_PAGE - start ? start + size : LAST_PAGE,
	};
	uint64_t span = (walk.end >> REGION_SHIFT) - (start >> REGION_SHIFT) + 1;

	walk.all = span > pages->regions.count;
	walk.count = walk.all ? pages->regions.count : (size_t)span;
	return walk;
}

bool pages_next(struct pages_walk *walk, uint64_t *from, uint64_t *to)
{
	while (walk->next < walk->count) {
		size_t next = walk->next++;
		const struct pages_region *region =
			walk->all ? walk->pages->regions.items[next]
				  : region_at(walk->pages, walk->start + next * REGION_BYTES);

		if (!region || region->start >= walk->end)
			continue;
		*from = region->start > walk->start ? region->start : walk->start;
		*to = walk->end - region->start < REGION_BYTES ? walk->end
							       : region->start + REGION_BYTES;
		if (*from < *to)
			return true;
	}
	return false;
}
