/*
 * A hash map from a 64-bit key to a 32-bit value, by open addressing. Values are indices
 * into an array of the owner's; MAP_NONE is not a value. Keys are never removed singly:
 * what ptmem maps (addresses, functions, locations) is few.
 */
#ifndef PTMEM_BASE_MAP_H
#define PTMEM_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAP_NONE UINT32_MAX

struct map_entry {
	uint64_t key;
	uint32_t value;
};

/* Zeroed is empty. */
struct map {
	struct map_entry *entries;
	size_t count, capacity; /* capacity is 0 or a power of two */
};

/* MAP_NONE where the key is not there. */
uint32_t map_get(const struct map *map, uint64_t key);

/* Adds or replaces; false when out of memory. */
bool map_set(struct map *map, uint64_t key, uint32_t value);

/* The key's value, to change in place until the next map_set; NULL where it is not there. */
uint32_t *map_find(const struct map *map, uint64_t key);

/* An empty one becomes a copy of another; false when out of memory. */
bool map_copy(struct map *map, const struct map *from);

void map_deinit(struct map *map);

/* Spreads a key over 64 bits; for other tables in need of a hash. */
static inline uint64_t hash_u64(uint64_t key)
{
	key ^= key >> 32;
	key *= 0xd6e8feb86659fd93u;
	key ^= key >> 32;
	key *= 0xd6e8feb86659fd93u;
	return key ^ key >> 32;
}

#endif
