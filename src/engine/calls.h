/*
 * The breakpoints engine: what a stop at a function's entry or at a return address means
 * for a thread's shadow stack.
 *
 * Frames are matched by stack pointer. What a jump of the program's own (longjmp, an
 * exception) took off the stack shows at the thread's next stop, as frames that lie below
 * its stack pointer, and ends there.
 */
#ifndef PTMEM_ENGINE_CALLS_H
#define PTMEM_ENGINE_CALLS_H

#include "arch/arch.h"
#include "base/error.h"
#include "base/vec.h"
#include "engine/living.h"
#include "engine/task.h"
#include "profile/profile.h"
#include "target/breakpoint.h"

#include <stdint.h>

enum jump_out {
	JUMP_OUT_UNKNOWN,
	JUMP_OUT_POSSIBLE,
	JUMP_OUT_IMPOSSIBLE,
};

/* A function that is watched, or was; found by its location. */
struct watched {
	struct target_address address;
	uint64_t size;
	uint32_t breakpoint; /* BREAKPOINT_NONE: it is not watched, or not any more */
	enum jump_out jump_out;
	uint64_t calls;
	uint64_t idle; /* calls in a row that changed nothing */
	bool released;
	bool kept; /* it is never let go */
};

/*
 * Which object this address is in: its module, and the address in the object's file; false where
 * in none that is known.
 */
typedef bool calls_locate(const void *locator, struct target_address address, uint32_t *module,
	struct file_address *offset);

/* Is told when a call has begun, and when the innermost one of a task is over. */
struct calls_observer {
	void *context;
	void (*entered)(void *context, const struct task *task, uint32_t location);
	void (*left)(void *context, const struct task *task);
};

struct calls {
	struct profile *profile;
	struct breakpoints *breakpoints;
	uint64_t max_hits; /* let a function go after so many idle calls; 0: never */
	struct VEC(struct watched) watched; /* by location */
	struct VEC(uint32_t) sites; /* of the places, by the breakpoint that calls return to */
	calls_locate *locate;       /* NULL: no site is known */
	const void *locator;
	const struct calls_observer *observer; /* or NULL */
	struct living living;        /* objects that methods are called on */
	struct target_address start; /* of the program */
	uint64_t entries;            /* calls that were seen */
	uint64_t uncaught;           /* of those, calls whose return has no breakpoint */
};

void calls_init(struct calls *calls, struct profile *profile, struct breakpoints *breakpoints,
	uint64_t max_hits);
void calls_deinit(struct calls *calls);

/* Notes a function to be watched; its entry is planted with the next batch. */
struct ptmem_error *calls_watch(
	struct calls *calls, uint32_t location, struct target_address address, uint64_t size);

/* What is watched in a forked copy is what was watched in the original; false when out of memory.
 */
bool calls_copy(struct calls *calls, const struct calls *from);

/* A new image: nothing that was watched is where it was. */
void calls_forget(struct calls *calls);

/* The same for what was watched there: it is not loaded any more. */
void calls_forget_range(struct calls *calls, uint64_t start, uint64_t end);

/*
 * The task stands at a breakpoint, and what moved until now has been charged. Opens and
 * closes frames; the registers are those of the stop.
 */
struct ptmem_error *calls_stop(
	struct calls *calls, struct task *task, uint32_t index, const struct registers *registers);

/*
 * A call that is under way on a thread's stack, within those that were told before: it began
 * before the thread was watched, and its function is watched. The slot holds its return
 * address.
 */
struct ptmem_error *calls_resume(
	struct calls *calls, struct task *task, uint32_t location, struct target_address slot);

/* The same where it is known which address is in the slot. */
struct ptmem_error *calls_resume_to(struct calls *calls, struct task *task, uint32_t location,
	struct target_address slot, struct target_address back);

/* The innermost call of the task is over. */
void calls_leave(struct calls *calls, struct task *task);

/* A function that is watched is not let go, however idle it is. */
void calls_keep(struct calls *calls, uint32_t location);
bool calls_is_kept(const struct calls *calls, uint32_t location);

/* Ends the calls whose frames lie below the stack pointer now. */
void calls_drop_dead(struct calls *calls, struct task *task, struct target_address slot);

/* Whether the task ran into this breakpoint before, and what it was to do there was not done. */
bool calls_is_again(const struct task *task, uint32_t index, const struct registers *registers);

/* Whether two addresses lie on one stack, for a task that has frames on one of them. */
bool calls_on_one_stack(const struct calls *calls, struct task *task, struct target_address a,
	struct target_address b);

/* Whether the function at this location is watched now; whether it ever was. */
bool calls_is_watched(const struct calls *calls, uint32_t location);
bool calls_was_watched(const struct calls *calls, uint32_t location);

/* The same calls are under way in a forked copy of the memory, on the copy of that thread. */
struct ptmem_error *calls_inherit(
	struct calls *calls, struct task *task, const struct shadow_stack *from);

/* Nothing of this task runs any more: all its calls end now. */
void calls_end(struct calls *calls, struct task *task);

/* How many functions were let go, and the location of the one with the most calls, and its calls.
 */
uint64_t calls_released(const struct calls *calls, uint32_t *hottest, uint64_t *most);

#endif
