/* The trie of call paths. */
#include "profile/callpath.h"

#include "base/map.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

/*
 * The first chunks are small, since a run may have thousands of processes with a few paths
 * each: 16 nodes, then as many as there are already, until a chunk is 4096.
 */
#define FIRST_BITS 4
#define CHUNK_BITS 12
#define SMALL_CHUNKS (CHUNK_BITS - FIRST_BITS + 1) /* that hold the first 4096 nodes */
#define FIRST_CAPACITY 16

/* A node's chunk, and its place in that. */
struct position {
	size_t chunk, row;
};

static struct position position_of(uint32_t node)
{
	unsigned bits;

	if (node >> CHUNK_BITS)
		return (struct position){
			(node >> CHUNK_BITS) + SMALL_CHUNKS - 1, node & ((1u << CHUNK_BITS) - 1)};
	if (!(node >> FIRST_BITS))
		return (struct position){0, node};
	bits = 31 - (unsigned)__builtin_clz(node);
	return (struct position){bits - FIRST_BITS + 1, node & ((1u << bits) - 1)};
}

static size_t chunk_nodes(size_t chunk)
{
	if (chunk >= SMALL_CHUNKS)
		return (size_t)1 << CHUNK_BITS;
	return (size_t)1 << (FIRST_BITS + (chunk ? chunk - 1 : 0));
}

struct callpath_node *callpath_at(const struct callpath_trie *trie, uint32_t node)
{
	struct position position = position_of(node);

	return &trie->chunks[position.chunk][position.row];
}

struct callpath_amounts *callpath_amounts(
	const struct callpath_trie *trie, uint32_t node, unsigned column)
{
	struct position position = position_of(node);

	if (!column)
		return &trie->chunks[position.chunk][position.row].first;
	return &trie->more[position.chunk][position.row * (trie->columns - 1) + column - 1];
}

static bool callpath_add_chunk(struct callpath_trie *trie)
{
	size_t capacity = trie->chunk_capacity, nodes = chunk_nodes(trie->chunk_count);
	void *chunks = trie->chunks, *more = trie->more;

	if (trie->chunk_count == trie->chunk_capacity) {
		bool grown = vec_grow(&chunks, &capacity, sizeof *trie->chunks);

		trie->chunks = chunks;
		capacity = trie->chunk_capacity;
		grown = grown && vec_grow(&more, &capacity, sizeof *trie->more);
		trie->more = more;
		if (!grown)
			return false;
		trie->chunk_capacity = capacity;
	}
	chunks = calloc(nodes, sizeof **trie->chunks);
	more = trie->columns > 1 ? calloc(nodes * (trie->columns - 1), sizeof **trie->more) : NULL;
	if (!chunks || (trie->columns > 1 && !more)) {
		free(chunks);
		free(more);
		return false;
	}
	trie->chunks[trie->chunk_count] = chunks;
	trie->more[trie->chunk_count++] = more;
	return true;
}

/* Where (parent, key) is in the table, or would go. The table is never full. */
static uint32_t *callpath_slot(const struct callpath_trie *trie, uint32_t parent, uint32_t key)
{
	uint32_t mask = trie->table_capacity - 1;
	uint32_t i = (uint32_t)hash_u64((uint64_t)parent << 32 | key) & mask;

	for (; trie->table[i] != CALLPATH_NONE; i = (i + 1) & mask) {
		const struct callpath_node *node = callpath_at(trie, trie->table[i]);

		if (node->parent == parent && node->key == key)
			break;
	}
	return &trie->table[i];
}

static bool callpath_grow_table(struct callpath_trie *trie)
{
	uint32_t capacity = trie->table_capacity ? trie->table_capacity * 2 : FIRST_CAPACITY;
	uint32_t *table = capacity ? malloc(capacity * sizeof *table) : NULL;

	if (!table)
		return false;
	memset(table, 0xff, capacity * sizeof *table);
	free(trie->table);
	trie->table = table;
	trie->table_capacity = capacity;
	for (uint32_t i = CALLPATH_ROOT + 1; i < trie->count; i++) {
		const struct callpath_node *node = callpath_at(trie, i);

		*callpath_slot(trie, node->parent, node->key) = i;
	}
	return true;
}

bool callpath_init(struct callpath_trie *trie, unsigned columns)
{
	*trie = (struct callpath_trie){.columns = columns};
	if (!callpath_add_chunk(trie) || !callpath_grow_table(trie))
		return false;
	callpath_at(trie, CALLPATH_ROOT)->parent = CALLPATH_NONE;
	callpath_at(trie, CALLPATH_ROOT)->location = UINT32_MAX;
	trie->count = 1;
	return true;
}

void callpath_deinit(struct callpath_trie *trie)
{
	for (size_t i = 0; i < trie->chunk_count; i++) {
		free(trie->chunks[i]);
		free(trie->more[i]);
	}
	free(trie->chunks);
	free(trie->more);
	free(trie->table);
	*trie = (struct callpath_trie){0};
}

uint32_t callpath_find(const struct callpath_trie *trie, uint32_t parent, uint32_t key)
{
	return *callpath_slot(trie, parent, key);
}

uint32_t callpath_add_node(
	struct callpath_trie *trie, uint32_t parent, uint32_t key, uint32_t location)
{
	struct callpath_node *node;

	if (trie->count == CALLPATH_NONE)
		return CALLPATH_NONE;
	if (position_of(trie->count).chunk == trie->chunk_count && !callpath_add_chunk(trie))
		return CALLPATH_NONE;
	if (trie->count >= trie->table_capacity / 4 * 3 && !callpath_grow_table(trie))
		return CALLPATH_NONE;
	node = callpath_at(trie, trie->count);
	node->parent = parent;
	node->location = location;
	node->key = key;
	return *callpath_slot(trie, parent, key) = trie->count++;
}

uint32_t callpath_intern(struct callpath_trie *trie, uint32_t parent, uint32_t location)
{
	uint32_t found = callpath_find(trie, parent, location);

	return found == CALLPATH_NONE ? callpath_add_node(trie, parent, location, location) : found;
}

void callpath_consume(struct callpath_trie *trie, uint32_t node)
{
	size_t chunk = position_of(node).chunk;

	free(trie->table);
	trie->table = NULL;
	while (chunk-- > 0 && trie->chunks[chunk]) {
		free(trie->chunks[chunk]);
		free(trie->more[chunk]);
		trie->chunks[chunk] = NULL;
		trie->more[chunk] = NULL;
	}
}

void callpath_add(
	struct callpath_trie *into, uint32_t to, const struct callpath_trie *from, uint32_t node)
{
	const struct callpath_node *more = callpath_at(from, node);
	struct callpath_node *sum = callpath_at(into, to);

	sum->calls += more->calls;
	sum->rise_calls += more->rise_calls;
	sum->self_rise_calls += more->self_rise_calls;
	for (unsigned i = 0; i < into->columns; i++) {
		const struct callpath_amounts *amounts = callpath_amounts(from, node, i);
		struct callpath_amounts *sums = callpath_amounts(into, to, i);

		bytes_add(&sums->self, amounts->self);
		bytes_add(&sums->rise, amounts->rise);
		bytes_add(&sums->self_rise, amounts->self_rise);
	}
}

void callpath_charge(struct callpath_trie *trie, uint32_t node, const struct amounts *moved)
{
	for (unsigned i = 0; i < trie->columns; i++)
		callpath_amounts(trie, node, i)->self += moved->bytes[i];
}

void callpath_finish(struct callpath_trie *trie, uint32_t node, const struct callpath_call *call)
{
	bool rose = false, self_rose = false;

	for (unsigned i = 0; i < trie->columns; i++) {
		struct callpath_amounts *amounts = callpath_amounts(trie, node, i);

		if (call->outermost && call->total.bytes[i] > 0) {
			amounts->rise += call->total.bytes[i];
			rose = true;
		}
		if (call->self.bytes[i] > 0) {
			amounts->self_rise += call->self.bytes[i];
			self_rose = true;
		}
	}
	callpath_at(trie, node)->rise_calls += rose;
	callpath_at(trie, node)->self_rise_calls += self_rose;
}
