/*
 * Functions that leave others without returning from them, or go on on another stack: longjmp(),
 * what throws an exception, swapcontext() and its like. They are stopped at only while somebody
 * relies on a frame to return.
 */
#ifndef PTMEM_ENGINE_JUMPS_H
#define PTMEM_ENGINE_JUMPS_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/object.h"
#include "target/breakpoint.h"

#include <stdbool.h>
#include <stdint.h>

/* Zeroed is empty. */
struct jumps {
	struct VEC(struct target_address) places;
	bool watched;
};

void jumps_deinit(struct jumps *jumps);

/* Those of an object are known from now on. */
struct ptmem_error *jumps_add(struct jumps *jumps, struct object *object, uint64_t bias);

/* What lay there is gone. */
void jumps_forget(struct jumps *jumps, uint64_t start, uint64_t end);

/* They are stopped at from now on; or no more. */
struct ptmem_error *jumps_watch(struct jumps *jumps, struct breakpoints *breakpoints);
void jumps_ignore(struct jumps *jumps, struct breakpoints *breakpoints);

/* Whether one begins here, and is watched. */
bool jumps_at(const struct jumps *jumps, struct target_address address);

#endif
