/*
 * What of a run is measured: from where a function begins, or a mark of the program's own is
 * passed, to another. Each is a place to stop at. What moves otherwise is on a row of its own.
 */
#ifndef PTMEM_ENGINE_SCOPE_H
#define PTMEM_ENGINE_SCOPE_H

#include "base/error.h"
#include "base/map.h"
#include "base/vec.h"
#include "profile/profile.h"
#include "symbol/markers.h"
#include "symbol/pattern.h"
#include "target/breakpoint.h"

#include <stdbool.h>
#include <stdint.h>

/* What an object has of them. Zeroed is empty. */
struct scope {
	struct markers places;
	bool begins_later; /* nothing is measured until one of them is passed */
};

/* In a process: by breakpoints. Zeroed is empty. */
struct scope_stops {
	struct map of; /* a breakpoint to an index into the list */
	struct VEC(struct marker) list;
};

/* The functions that match, and the object's own marks. Patterns that match are marked as used. */
struct ptmem_error *scope_select(struct object *object, struct pattern_list *from,
	struct pattern_list *until, struct scope *scope);
void scope_deinit(struct scope *scope);

bool scope_stops_copy(struct scope_stops *stops, const struct scope_stops *from);
void scope_stops_deinit(struct scope_stops *stops);

/* Notes them to be planted with the next batch. */
struct ptmem_error *scope_plant(struct scope_stops *stops, struct breakpoints *breakpoints,
	const struct scope *scope, uint64_t bias);

/* A thread stands at this breakpoint, and what moved until now has been charged. `outside` is the
 * bracket for what is not measured. */
void scope_stop(
	const struct scope_stops *stops, struct profile *profile, uint32_t index, uint32_t outside);

#endif
