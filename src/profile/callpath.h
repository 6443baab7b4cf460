/*
 * The trie of call paths: one node per path from a thread's root, found again by its
 * parent and a key, which is its location where nobody says otherwise. Nodes live in chunks, so an
 * index stays good, a pointer too, and a million nodes cost what they hold and no more.
 *
 * Sums over a node's subtree are not kept: a report adds up what it needs.
 */
#ifndef PTMEM_PROFILE_CALLPATH_H
#define PTMEM_PROFILE_CALLPATH_H

#include "base/amounts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALLPATH_ROOT 0u /* the parent of all threads' roots */
#define CALLPATH_NONE UINT32_MAX

/* What the calls on one path did, in one column. */
struct callpath_amounts {
	int64_t self;      /* moved while this node was the innermost, signed */
	int64_t rise;      /* sum over calls of what each added, callees included, where it
			      added; calls inside a call of the same function left out */
	int64_t self_rise; /* the same without callees, and every call counted */
};

struct callpath_node {
	uint32_t parent;
	uint32_t location; /* index into the profile's locations */
	uint32_t key;      /* what it is found by: its location, as a rule */
	bool extra;        /* it, or one above it, is there beside another of the same function */
	uint64_t calls;
	uint64_t rise_calls;           /* calls that `rise` counts */
	uint64_t self_rise_calls;      /* calls that `self_rise` counts */
	struct callpath_amounts first; /* column 0 */
};

struct callpath_trie {
	unsigned columns;
	uint32_t count;
	struct callpath_node **chunks;
	struct callpath_amounts **more; /* columns 1 and up, a chunk beside each chunk */
	size_t chunk_count, chunk_capacity;
	uint32_t *table; /* hash of (parent, key) to node, CALLPATH_NONE where empty */
	uint32_t table_capacity;
};

/* What one finished call did. */
struct callpath_call {
	struct amounts total; /* callees included */
	struct amounts self;
	bool outermost; /* no call of the same function around it */
};

/* False when out of memory. The root is there from the start. */
bool callpath_init(struct callpath_trie *trie, unsigned columns);
void callpath_deinit(struct callpath_trie *trie);

/* The node of this location below parent, made if need be; CALLPATH_NONE when out of memory. */
uint32_t callpath_intern(struct callpath_trie *trie, uint32_t parent, uint32_t location);

/* What is found by this key below parent; CALLPATH_NONE where nothing is. */
uint32_t callpath_find(const struct callpath_trie *trie, uint32_t parent, uint32_t key);

/* A new node, to be found by a key that is not there yet; CALLPATH_NONE when out of memory. */
uint32_t callpath_add_node(
	struct callpath_trie *trie, uint32_t parent, uint32_t key, uint32_t location);

/*
 * Frees what it can of the nodes before this one, for whoever makes another trie of this one.
 * From then on only nodes from here on are there, and none can be found or made.
 */
void callpath_consume(struct callpath_trie *trie, uint32_t node);

struct callpath_node *callpath_at(const struct callpath_trie *trie, uint32_t node);

/* One column of a node; column is below trie->columns. */
struct callpath_amounts *callpath_amounts(
	const struct callpath_trie *trie, uint32_t node, unsigned column);

/* All that another trie has of a node, added to one of this; they have the same columns. */
void callpath_add(
	struct callpath_trie *into, uint32_t to, const struct callpath_trie *from, uint32_t node);

/* Memory moved while this node was the innermost. */
void callpath_charge(struct callpath_trie *trie, uint32_t node, const struct amounts *moved);

/* A call on this path is over; what it moved was charged already. Counts its rises. */
void callpath_finish(struct callpath_trie *trie, uint32_t node, const struct callpath_call *call);

#endif
