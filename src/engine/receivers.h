/*
 * Which of the watched functions are methods, and of which classes: read from debug info once for
 * each function, when it is about to be watched. At a call nothing but this is looked at.
 */
#ifndef PTMEM_ENGINE_RECEIVERS_H
#define PTMEM_ENGINE_RECEIVERS_H

#include "base/error.h"
#include "base/map.h"
#include "base/vec.h"
#include "profile/places.h"
#include "symbol/receiver.h"

#include <stdbool.h>
#include <stdint.h>

#define CLASS_NONE UINT32_MAX

/* One class in another: where the inner one lies in the outer. */
struct class_relation {
	uint32_t class;
	uint64_t offset;
	bool is_virtual; /* the offset is not known */
};

struct class_relations VEC(struct class_relation);

struct class
{
	uint32_t text; /* of its name, in the places */
	uint64_t size;
	enum class_vtable vtable;
	bool is_described;             /* its bases are known */
	struct class_relations bases;  /* within it */
	struct class_relations around; /* that it is within */
};

struct method {
	bool is_known;  /* it was looked up */
	bool is_method; /* else nothing follows */
	bool is_thunk;
	bool is_new;
	unsigned argument;
	bool is_dwarf_register;
	enum receiver_role role;
	uint32_t class;
	struct name_reader name;
};

struct receivers {
	struct places *places;
	struct object_rules *rules;
	struct VEC(struct method) methods; /* by location */
	struct VEC(struct class) classes;
	struct texts spellings; /* of names, as all write them */
	struct map class_of;    /* spelling to class */
};

void receivers_init(struct receivers *receivers, struct places *places, struct object_rules *rules);
void receivers_deinit(struct receivers *receivers);

/* Looks a function up, unless that is done. */
struct ptmem_error *receivers_add(struct receivers *receivers, uint32_t location,
	struct object *object, const struct function *function);

/* The method at a location; NULL where that is none. Good until the next receivers_add(). */
const struct method *receivers_method(const struct receivers *receivers, uint32_t location);

/* The class of this name, made if need be; CLASS_NONE when out of memory. */
uint32_t receivers_class(struct receivers *receivers, const char *name);

/* Whether a class has another one at its beginning, or is the same. */
bool receivers_begins_with(const struct receivers *receivers, uint32_t class, uint32_t base);

/* The same, wherever in it. */
bool receivers_has_base(const struct receivers *receivers, uint32_t class, uint32_t base);

#endif
