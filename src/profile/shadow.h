/*
 * The shadow stack of one thread: the watched calls that are under way, and what memory
 * moved in each. It charges the trie as memory moves and finishes calls as they end; when
 * a call ends is the engine's to know.
 *
 * A frame is known by its slot, the stack address of its return address. The stack grows
 * down: an inner frame's slot lies below an outer one's, but for a tail call, which runs on
 * its caller's frame and shares its slot.
 */
#ifndef PTMEM_PROFILE_SHADOW_H
#define PTMEM_PROFILE_SHADOW_H

#include "base/address.h"
#include "base/map.h"
#include "base/vec.h"
#include "profile/lines.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <stdint.h>

#define SHADOW_NO_SITE UINT32_MAX

struct shadow_frame {
	struct target_address slot;
	uint32_t path;
	uint32_t site;  /* the engine's name for where it returns to, or SHADOW_NO_SITE */
	uint32_t plain; /* the same path with nothing extra; CALLPATH_NONE: it was not needed yet */
	uint32_t at;    /* the site that it was last known to be at, or SITE_NONE */
	bool returned;  /* since it was first known to be there, a call that it made has ended */
	bool outermost;
	struct amounts self;  /* moved while it was the innermost */
	struct amounts inner; /* moved by the calls it made that are over */
};

struct shadow_stack {
	struct profile *profile;
	uint32_t thread; /* its number in the journal */
	uint32_t root;   /* path of the thread */
	uint32_t idle;   /* path charged while no watched call is under way */
	struct VEC(struct shadow_frame) frames;
	struct map active; /* location to the number of its calls under way */
	struct line_stack lines;
};

/* What shadow_leave() took off. */
struct shadow_call {
	uint32_t location; /* of the function */
	uint32_t site;
	struct amounts total; /* moved by the call, callees included */
};

/*
 * root is the thread's location, idle the location of the bracket that is charged while
 * nothing runs. False when out of memory; shadow_deinit() is due either way.
 */
bool shadow_init(struct shadow_stack *stack, struct profile *profile, uint32_t root, uint32_t idle);
void shadow_deinit(struct shadow_stack *stack);

/* The journal was opened after the stack, on which no call is under way yet. */
void shadow_announce(struct shadow_stack *stack);

/* The thread is over: no call is under way, and nothing but shadow_deinit() comes after. */
void shadow_finish(struct shadow_stack *stack);

/* The location of the thread. */
uint32_t shadow_root(const struct shadow_stack *stack);

/* The thread's name is another one now. */
void shadow_rename(struct shadow_stack *stack, const char *name);

/* From now on another bracket is charged while nothing runs; false when out of memory. */
bool shadow_set_idle(struct shadow_stack *stack, uint32_t idle);

/* Memory moved in this thread since its last stop: the innermost call's doing; or, where the
 * profile says so, nobody's. */
void shadow_charge(struct shadow_stack *stack, const struct amounts *moved);

/* Memory moved that is no doing of the calls under way: a bracket is charged. False when out of
 * memory. */
bool shadow_charge_aside(struct shadow_stack *stack, uint32_t bracket, const struct amounts *moved);

/*
 * What a call of this function from this site of the places (SITE_NONE: not known) begins as: a
 * location of its own for calls from there. A call inside of another one of the same function
 * has none, else every path of a recursion would be one of its own, of which there are as many
 * as its sites to the power of its depth.
 */
uint32_t shadow_call_location(const struct shadow_stack *stack, uint32_t function, uint32_t from);

/*
 * The same for a call on an object (INSTANCE_NONE: on none), which has no site. Every path with an
 * object in it is extra.
 */
uint32_t shadow_method_location(
	const struct shadow_stack *stack, uint32_t function, uint32_t instance);

/* The object that the call of a frame was made on, or INSTANCE_NONE. */
uint32_t shadow_instance(const struct shadow_stack *stack, const struct shadow_frame *frame);

/*
 * A call of a function begins, as shadow_call_location() has it, or by its location alone.
 * False when out of memory.
 *
 * Of the paths that one function has below another, all but the first are extra, and so are all
 * below them. There are never more than SITES_EXTRA_MAX, in all processes together: what would be
 * one more goes on the first path, which from then on is the function's from any site.
 */
bool shadow_enter(
	struct shadow_stack *stack, uint32_t location, struct target_address slot, uint32_t site);

/* The innermost frame, NULL where no call is under way. Good until the next enter or leave. */
const struct shadow_frame *shadow_top(const struct shadow_stack *stack);

/* The location of a frame's function, wherever it was called from. */
uint32_t shadow_location(const struct shadow_stack *stack, const struct shadow_frame *frame);

/*
 * The innermost call, which there must be, is at this site of the places now: before anything is
 * charged for being there. `statement`: it begins one, which counts each time; else being
 * where it was is nothing new. SITE_NONE is nothing new either.
 */
void shadow_at(struct shadow_stack *stack, uint32_t site, bool statement);

/* The innermost call is over. There must be one. */
struct shadow_call shadow_leave(struct shadow_stack *stack);

/*
 * The outermost of the frames that share the innermost one's slot and run this function:
 * where a chain of tail calls has come round to a function that is in it already. Its
 * depth (0 is the outermost frame of all), or UINT32_MAX.
 */
uint32_t shadow_find_in_chain(const struct shadow_stack *stack, uint32_t location);

#endif
