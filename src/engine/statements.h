/*
 * The breakpoints engine line by line: a stop wherever a statement of a listed function begins, or
 * code of another line, which in optimized code is not the same. All that a stop means is where the
 * innermost call is now.
 */
#ifndef PTMEM_ENGINE_STATEMENTS_H
#define PTMEM_ENGINE_STATEMENTS_H

#include "arch/arch.h"
#include "base/error.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/watch.h"
#include "symbol/line_selection.h"
#include "target/breakpoint.h"

#include <stdbool.h>
#include <stdint.h>

struct calls;
struct image;
struct images;
struct loaded_object;
struct objects;
struct places;
struct task;

/* A place in an object's file, in a function that is watched there. */
struct statement {
	const struct function *function;
	struct file_address address;
	bool begins; /* a statement: else it is in the midst of one */
};

/* Those of one function stand together. Zeroed is empty. */
struct statement_list VEC(struct statement);

/* The same in a process. */
struct statement_stop {
	uint32_t function; /* its location; UINT32_MAX: it is none any more */
	uint32_t site;
	bool begins;
};

/* Zeroed is empty. */
struct statement_stops {
	struct map of;        /* a breakpoint to an index into the list */
	struct map unwinders; /* breakpoints where an exception is about to go on somewhere */
	struct VEC(struct statement_stop) list;
};

/*
 * The statements of those watched functions that are wanted, all of them where nothing is named.
 * Where something is named, and functions were not, *watched is left with those alone:
 * `only` says so. Patterns and ranges that match are marked as used.
 */
struct ptmem_error *statements_select(struct object *object, struct line_selection *selection,
	bool only, struct watch_list *watched, struct statement_list *statements);

/* Notes them to be planted with the next batch; their functions are watched already. */
struct ptmem_error *statements_plant(struct statement_stops *stops, struct calls *calls,
	struct places *places, const struct loaded_object *object, const struct image *image);

/*
 * Where an exception goes on in a function, to clean up or because it is caught there, line tables
 * need not say that anything begins. The unwinder's own function that is told where (_Unwind_SetIP,
 * whatever the language) is stopped at, if an object has it.
 */
struct ptmem_error *statements_watch_unwinder(struct statement_stops *stops,
	struct breakpoints *breakpoints, const struct loaded_object *object,
	const struct image *image);

/* The task stands there: from now on what it was told is a place to stop at. */
struct ptmem_error *statements_meet_unwinder(struct statement_stops *stops, struct calls *calls,
	const struct objects *objects, const struct images *images, uint32_t index,
	const struct registers *registers);

/* What was planted between these addresses is no longer there. */
void statements_forget(struct statement_stops *stops, const struct breakpoints *breakpoints,
	uint64_t start, uint64_t end);
bool statements_copy(struct statement_stops *stops, const struct statement_stops *from);
void statement_stops_deinit(struct statement_stops *stops);

/* The task stands at this breakpoint, and its calls are what they are there. */
void statements_stop(const struct statement_stops *stops, struct calls *calls, struct task *task,
	uint32_t index, const struct registers *registers);

#endif
