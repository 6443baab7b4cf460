/* Which functions of a program are watched. */
#ifndef PTMEM_ENGINE_WATCH_H
#define PTMEM_ENGINE_WATCH_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/object.h"
#include "symbol/pattern.h"

/* In ascending order of address; the functions are the object's. */
struct watch_list VEC(const struct function *);

struct watch_patterns {
	struct pattern_list *funcs;   /* empty: all that debug info describes */
	struct pattern_list *exclude; /* taken away again */
	struct pattern_list *files;   /* empty: any */
};

/*
 * Selects from an object's functions. Where debug info describes none, all that the symbol
 * table has are there to choose from. ERROR_NO_MATCH for a pattern that selects nothing,
 * with the names nearest to it.
 */
struct ptmem_error *watch_select(
	struct object *object, const struct watch_patterns *patterns, struct watch_list *list);

#endif
