/*
 * The objects of a run that methods were called on, as a part of the places (places.h). An object
 * is known by its class and a number: the first of its class that a process had is 1, and so on.
 *
 * What class an object has may be found out late, as constructors of bases come first; so numbers
 * are given when the run is over, in the order in which objects appeared.
 *
 * All of this has bounds. What is beyond them is no object, and is charged all the same.
 */
#ifndef PTMEM_PROFILE_INSTANCES_H
#define PTMEM_PROFILE_INSTANCES_H

#include "base/map.h"
#include "base/vec.h"
#include "profile/texts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct places;

#define INSTANCE_NONE UINT32_MAX
#define INSTANCE_UNNAMED UINT32_MAX

/* Objects that a run, or a file, may have. */
#define INSTANCES_MAX (UINT32_C(1) << 20)

struct instance {
	uint32_t class;  /* its text */
	uint32_t number; /* among those of its class; 0 until it is known */
	uint32_t name;   /* a text, or INSTANCE_UNNAMED */
	uint32_t heap;   /* the process's that it appeared in */
};

/* Where objects appear: a process's memory. A copy that fork made goes on with what its original
 * had. */
struct instance_heap {
	uint32_t from; /* or UINT32_MAX */
	uint32_t at;   /* objects that there were when it began */
};

/* Zeroed is empty. */
struct instances {
	struct VEC(struct instance) list; /* in the order in which they appeared */
	struct texts texts;               /* classes and names: each has its own index */
	struct VEC(struct instance_heap) heaps;
	struct map method_of; /* (function, instance) to location */
};

/* A new heap; UINT32_MAX when out of memory. */
uint32_t places_add_heap(struct places *places, uint32_t from);

/* The number of a text; UINT32_MAX when out of memory. */
uint32_t places_text(struct places *places, const char *text);
const char *places_text_at(const struct places *places, uint32_t text);

/* A new object; INSTANCE_NONE when out of memory, or where there are too many. */
uint32_t places_add_instance(struct places *places, uint32_t heap, uint32_t class);

/* A function (LOCATION_CODE) as it is called on an object; UINT32_MAX as above. */
uint32_t places_method_location(struct places *places, uint32_t function, uint32_t instance);

/* The same where it is there already; else UINT32_MAX. */
uint32_t places_find_method(const struct places *places, uint32_t function, uint32_t instance);

/* Numbers all objects that have no number. False when out of memory. */
bool places_number_instances(struct places *places);

void instances_deinit(struct instances *instances);

#endif
