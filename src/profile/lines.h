/*
 * Line by line: what memory moved while each function stood at each place in its code.
 *
 * A call that is under way is at one site at a time (sites.h). When it goes to another one, or
 * ends, what its thread was charged with since it got there is added to that site: so the
 * increments of a call sum to what it moved, callees included. Within a recursion only the
 * innermost call of a function counts, so that they sum to what the function as a whole moved: no
 * byte is there twice.
 *
 * Kept are steps: from one site of a function to another. How often a line was begun is how often
 * one of its sites was come to from another line, which is known once the sites are looked up.
 *
 * It is fed by the functions that write the journal (shadow.h), and so by a journal that is played.
 */
#ifndef PTMEM_PROFILE_LINES_H
#define PTMEM_PROFILE_LINES_H

#include "base/map.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

#define SPOT_NONE UINT32_MAX

/* A place in the code of a function. */
struct line_spot {
	uint32_t function; /* its location */
	uint32_t site;     /* of the places; SITE_NONE: where it was is not known */
};

/* Calls of a function that came from one of its spots to another, and what they did there. */
struct line_step {
	uint32_t from; /* SPOT_NONE: the call began */
	uint32_t to;
	uint64_t count;
	uint64_t begun;    /* of these, where the other one begins a statement */
	int64_t increment; /* bytes, of the first column */
	int64_t held;      /* the process's memory when it was last left */
	uint64_t moment;   /* when that was, among all such moments */
};

struct lines {
	struct VEC(struct line_spot) spots;
	struct VEC(struct line_step) steps;
	struct map spot_of, step_of;
	int64_t held; /* the process's memory, as far as it was charged to somebody */
	uint64_t moment;
	bool statements; /* every beginning of a statement was seen: counts are exact */
	bool over;       /* there were too many spots or steps; increments are right all the same */
	bool failed;     /* out of memory: nothing is right */
};

struct line_frame {
	uint32_t function, family;
	uint32_t spot;
	uint32_t step;
	uint32_t around; /* the next call of the same family further out, and 1; or 0 */
	int64_t entered; /* what the thread had been charged with when the call began */
	int64_t since; /* the same when it got there, and what calls further in have taken since */
};

/* Of one thread; zeroed is empty. */
struct line_stack {
	struct VEC(struct line_frame) frames;
	struct map innermost; /* a family to its innermost frame, and 1; or 0 */
	int64_t charged;      /* all calls together */
};

/* NULL when out of memory. */
struct lines *lines_create(void);
void lines_destroy(struct lines *lines);
void line_stack_deinit(struct line_stack *stack);

/* A call of a function begins, or the innermost one ends. Functions of one family count as the same
 * in a recursion. */
void lines_enter(struct lines *lines, struct line_stack *stack, uint32_t function, uint32_t family);
void lines_leave(struct lines *lines, struct line_stack *stack);

/* The innermost call is at this site now; `statement`: at the beginning of one. */
void lines_at(struct lines *lines, struct line_stack *stack, uint32_t site, bool statement);

/* It is where it was, and has come there anew. Where beginnings of statements are seen that is
 * known without. */
void lines_again(struct lines *lines, struct line_stack *stack);

/* Memory moved, in the calls under way if there are any; or it is no call's doing. */
void lines_charge(struct lines *lines, struct line_stack *stack, int64_t moved);
void lines_charge_aside(struct lines *lines, int64_t moved);

/*
 * Adds all that `from` has. Its function at location L is functions[L] here, and its site S is
 * sites[S]; NULL: the same. False when out of memory.
 */
bool lines_add(struct lines *into, const struct lines *from, const uint32_t *functions,
	const uint32_t *sites);

#endif
