/* A sorted vector. */
#include "target/file_ranges.h"

#include <string.h>

/* The place of the first range that ends behind this address. */
static size_t find(const struct file_ranges *ranges, uint64_t address)
{
	size_t low = 0, high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->items[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct file_range *file_ranges_at(const struct file_ranges *ranges, uint64_t address)
{
	size_t place = find(ranges, address);

	if (place == ranges->count || ranges->items[place].start > address)
		return NULL;
	return &ranges->items[place];
}

bool file_ranges_meet(const struct file_ranges *ranges, uint64_t start, uint64_t end)
{
	size_t place = find(ranges, start);

	return place < ranges->count && ranges->items[place].start < end;
}

static bool insert(struct file_ranges *ranges, size_t place, struct file_range range)
{
	struct file_range *items;

	if (!vec_append(ranges))
		return false;
	items = ranges->items;
	memmove(&items[place + 1], &items[place], (ranges->count - 1 - place) * sizeof *items);
	items[place] = range;
	return true;
}

static void take_out(struct file_ranges *ranges, size_t place)
{
	struct file_range *items = ranges->items;

	memmove(&items[place], &items[place + 1], (--ranges->count - place) * sizeof *items);
}

void file_ranges_cut(struct file_ranges *ranges, uint64_t start, uint64_t end)
{
	size_t place = find(ranges, start);

	while (place < ranges->count && ranges->items[place].start < end) {
		struct file_range *range = &ranges->items[place];
		struct file_range rest = {end, range->end, range->shared};

		if (range->start < start && range->end > end) {
			range->end = start;
			insert(ranges, place + 1, rest);
			return;
		}
		if (range->start < start)
			range->end = start;
		else if (range->end > end)
			range->start = end;
		else {
			take_out(ranges, place);
			continue;
		}
		place++;
	}
}

bool file_ranges_add(struct file_ranges *ranges, struct file_range range)
{
	file_ranges_cut(ranges, range.start, range.end);
	return insert(ranges, find(ranges, range.start), range);
}
