/* A hash map from a 64-bit key to a 32-bit value. */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

/* The entry of this key, or the empty one where it would go. The table is never full. */
static struct map_entry *map_slot(struct map_entry *entries, size_t capacity, uint64_t key)
{
	size_t i = hash_u64(key) & (capacity - 1);

	while (entries[i].value != MAP_NONE && entries[i].key != key)
		i = (i + 1) & (capacity - 1);
	return &entries[i];
}

uint32_t *map_find(const struct map *map, uint64_t key)
{
	struct map_entry *entry;

	if (!map->count)
		return NULL;
	entry = map_slot(map->entries, map->capacity, key);
	return entry->value == MAP_NONE ? NULL : &entry->value;
}

uint32_t map_get(const struct map *map, uint64_t key)
{
	const uint32_t *value = map_find(map, key);

	return value ? *value : MAP_NONE;
}

static struct map_entry *map_alloc(size_t capacity)
{
	struct map_entry *entries = malloc(capacity * sizeof *entries);

	if (entries)
		memset(entries, 0xff, capacity * sizeof *entries);
	return entries;
}

static bool map_grow(struct map *map)
{
	size_t capacity = map->capacity ? map->capacity * 2 : 16;
	struct map_entry *entries = map_alloc(capacity);

	if (!entries)
		return false;
	for (size_t i = 0; i < map->capacity; i++)
		if (map->entries[i].value != MAP_NONE)
			*map_slot(entries, capacity, map->entries[i].key) = map->entries[i];
	free(map->entries);
	map->entries = entries;
	map->capacity = capacity;
	return true;
}

bool map_set(struct map *map, uint64_t key, uint32_t value)
{
	struct map_entry *entry;

	if (map->count * 4 >= map->capacity * 3 && !map_grow(map))
		return false;
	entry = map_slot(map->entries, map->capacity, key);
	map->count += entry->value == MAP_NONE;
	*entry = (struct map_entry){.key = key, .value = value};
	return true;
}

bool map_copy(struct map *map, const struct map *from)
{
	size_t size = from->capacity * sizeof *from->entries;

	*map = (struct map){0};
	if (!size)
		return true;
	map->entries = malloc(size);
	if (!map->entries)
		return false;
	memcpy(map->entries, from->entries, size);
	map->count = from->count;
	map->capacity = from->capacity;
	return true;
}

void map_deinit(struct map *map)
{
	free(map->entries);
	*map = (struct map){0};
}
