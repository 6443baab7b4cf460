/*
 * The calls that move memory without a page fault (munmap, brk, madvise, ...), and stops at them:
 * behind the instruction that makes the system call, in the C library's own functions for them,
 * wherever those are. They need no debug info and are no rows of a report.
 *
 * A program may make them very often. With a limit, stops that come more often than that for long
 * are given up.
 */
#ifndef PTMEM_ENGINE_MOVERS_H
#define PTMEM_ENGINE_MOVERS_H

#include "arch/arch.h"
#include "base/error.h"
#include "base/map.h"
#include "symbol/object.h"
#include "target/breakpoint.h"
#include "target/sampling.h"

#include <stdbool.h>
#include <stdint.h>

enum mover_stop {
	MOVER_NONE,  /* it is no stop of these */
	MOVER_AFTER, /* the system call was made: what it moved has moved */
};

enum mover_call {
	MOVER_UNMAPS,
	MOVER_REMAPS,
	MOVER_SETS_BREAK,
	MOVER_ADVISES,
	MOVER_DETACHES,
	MOVER_MAPS, /* most of the time that moves nothing */
	MOVER_ADDS, /* what is new comes without a fault, or takes the place of what was there */
};

/* Zeroed is empty. */
struct movers {
	bool back_only; /* not at those that never give any back */
	uint32_t limit; /* stops a second; 0: as many as there are */
	bool given_up;
	struct map stops;  /* by breakpoint: at which call, and where */
	uint64_t heap_end; /* as brk() answered last; 0: it was not called yet */
	uint32_t reserved; /* so many times in a row it only made the heap larger */
	bool spares;       /* that stops no more: where the heap ends is not known */
	uint64_t since;    /* ns: this many have come */
	uint32_t count;
	uint32_t busy; /* so many times in a row there were too many */
};

void movers_deinit(struct movers *movers);

/* An empty one becomes a copy of another; false when out of memory. */
bool movers_copy(struct movers *movers, const struct movers *from);

/* Another program: nothing is where it was. */
void movers_forget(struct movers *movers);

/* Notes those of an object, to be planted with the next batch. */
struct ptmem_error *movers_note(struct movers *movers, struct breakpoints *breakpoints,
	struct object *object, uint64_t bias);

/* Of an object, what is to be sampled where nothing stops: added to what there is, as far as there
 * is room. */
struct ptmem_error *movers_places(struct movers *movers, struct breakpoints *breakpoints,
	struct object *object, uint64_t bias, struct sampling_place *places, size_t *count);

/* What a stop at this breakpoint is. */
enum mover_stop movers_at(const struct movers *movers, uint32_t breakpoint);

/*
 * Whether a stop is behind a brk() that only made the heap larger: nothing has moved, and there are
 * many such. Notes where the heap ends, so each stop is asked about once.
 */
bool movers_only_reserves(
	struct movers *movers, uint32_t breakpoint, const struct registers *registers);

/* Whether that happens so often that the stops should be spared. True once. */
bool movers_reserve_often(const struct movers *movers);

/* The call that a stop is at. */
enum mover_call movers_call(const struct movers *movers, uint32_t breakpoint);

/* Whether memory may have moved, at a stop behind the system call. */
bool movers_may_have_moved(
	const struct movers *movers, uint32_t breakpoint, const struct registers *registers);

/* There is one more of these stops, at this time in ns. True where they are to be given up. */
bool movers_are_too_many(struct movers *movers, uint64_t now);
void movers_give_up(struct movers *movers, struct breakpoints *breakpoints);

#endif
