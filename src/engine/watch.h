/* Which functions of the objects of a run are watched. */
#ifndef PTMEM_ENGINE_WATCH_H
#define PTMEM_ENGINE_WATCH_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/object.h"
#include "symbol/pattern.h"

/* In ascending order of address; the functions are the object's. */
struct watch_list VEC(const struct function *);

/* What is watched of an object. */
struct watch_selection {
	struct watch_list list;
	bool described; /* beside the list, all that debug info describes: found out one by one */
};

struct watch_patterns {
	struct pattern_list *funcs;   /* empty: all that debug info describes */
	struct pattern_list *exclude; /* taken away again */
	struct pattern_list *files;   /* empty: any */
	struct pattern_list *libs;    /* empty: all objects with debug info, and the program */
	struct pattern_list *lines;   /* to be listed line by line; NULL: that is not known yet */
	struct pattern_list *from, *until; /* where what is measured begins and ends */
};

/* What a pattern on objects calls the program. */
#define WATCH_PROGRAM "main"

/* An object of a run, which is the program or was loaded by it. */
struct watch_object {
	struct object *object;
	const char *path;
	bool is_program;
};

/*
 * Selects from an object's functions: none where the patterns are not for it. Where debug info
 * describes none, all that the symbol table has are there to choose from. Whoever has no use for
 * the list does not ask for all to be in it.
 */
struct ptmem_error *watch_select(const struct watch_object *object,
	const struct watch_patterns *patterns, bool listed, struct watch_selection *selection);

bool watch_selects_any(const struct watch_selection *selection);
bool watch_selects(const struct watch_selection *selection, struct object *object,
	const struct function *function);

/* Whether a list matches any name of a function, of which `name` is the printed one. */
bool watch_named_by(struct object *object, const struct function *function, const char *name,
	struct pattern_list *patterns);

/*
 * Once all have been selected from; whether any function was: ERROR_NO_MATCH for a pattern
 * that selects nothing, with the names nearest to it, or the object that has it.
 */
struct ptmem_error *watch_check(const struct watch_object *objects, size_t count,
	const struct watch_patterns *patterns, bool selected);

#endif
