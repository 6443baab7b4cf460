/*
 * What code means for the profile: which watched function an address lies in, and which site a
 * call that returns there was made from. Frames come back to the same few addresses over and
 * over, so what was found is kept.
 */
#ifndef PTMEM_ENGINE_CODE_H
#define PTMEM_ENGINE_CODE_H

#include "base/address.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/image.h"
#include "engine/objects.h"
#include "profile/places.h"

#include <stdbool.h>
#include <stdint.h>

#define CODE_UNWATCHED UINT32_MAX

struct code_place {
	uint32_t function; /* its location; CODE_UNWATCHED where nothing watched is */
	uint32_t site;     /* of the places; SITE_NONE where it is in no known object */
};

/* Zeroed is empty. */
struct code {
	struct map index; /* of the address to its place */
	struct VEC(struct code_place) places;
};

void code_deinit(struct code *code);

/* Objects have come or gone: what was found may be something else now. */
void code_forget(struct code *code);

/*
 * What is at this address, which is of an instruction: for a return address, one less. False when
 * out of memory. An object whose watched functions have not been chosen yet has none.
 */
bool code_at(struct code *code, const struct objects *objects, const struct images *images,
	struct target_address address, struct code_place *place);

#endif
