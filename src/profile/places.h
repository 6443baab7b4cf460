/*
 * Where memory can be charged: the modules of a run and the locations in them, with their
 * names. The processes of one run share them, so that a program which forks a thousand
 * times describes its functions once.
 *
 * It owns every string in it.
 */
#ifndef PTMEM_PROFILE_PLACES_H
#define PTMEM_PROFILE_PLACES_H

#include "base/map.h"
#include "base/vec.h"
#include "profile/texts.h"

#include <stdbool.h>
#include <stdint.h>

/* An ELF object that was mapped into the target. */
struct module {
	char *path;
	char *build_id; /* in hex; NULL where it has none */
};

enum location_kind {
	LOCATION_CODE,    /* a function: (module, offset) */
	LOCATION_BRACKET, /* memory of no watched call: `[startup]`, `[unwatched]`, ... */
	LOCATION_THREAD,  /* a thread's root */
};

struct location {
	enum location_kind kind;
	uint32_t module; /* code */
	uint64_t offset; /* code: address in the module's file; thread: its ordinal from 1 */
	char *symbol;    /* code: as in the symbol table */

	/* Filled in when the run is over; as hostile as the file they are from. */
	char *name;   /* never NULL once resolved; brackets and threads have it from the start */
	char *file;   /* absolute path, or NULL where debug info does not say */
	int line;     /* declaration, or 0 */
	char *source; /* the text of that line, in a recording; NULL where it is not known */
};

struct places {
	unsigned users;
	struct VEC(struct module) modules;
	struct VEC(struct location) locations;
	struct map location_of; /* hash of (module, offset) to location */
	struct texts brackets;  /* their locations, by name */
};

/* For one user; NULL when out of memory. */
struct places *places_create(void);

/* One user more: the same places. */
struct places *places_share(struct places *places);

/* One user less; the last one frees them. NULL is fine. */
void places_release(struct places *places);

/* A new module (strings are copied, build_id may be NULL); UINT32_MAX when out of memory. */
uint32_t places_add_module(struct places *places, const char *path, const char *build_id);

/* The location of a function, made if need be; UINT32_MAX when out of memory. */
uint32_t places_code_location(
	struct places *places, uint32_t module, uint64_t offset, const char *symbol);

/* The location of a bracketed row, by its name without brackets; UINT32_MAX as above. */
uint32_t places_bracket_location(struct places *places, const char *name);

/* A new location for a thread's root; UINT32_MAX as above. */
uint32_t places_thread_location(struct places *places, uint64_t ordinal, const char *name);

/* A location's name, replaced; false when out of memory. */
bool places_rename(struct places *places, uint32_t location, const char *name);

/* What a module is known by where it has a build-id; to be freed, NULL when out of memory. */
char *module_key(const char *path, const char *build_id);

/*
 * Gives locations without a name the one that they have in `from`, and takes it away there:
 * those at the same place in a module of the same path and build-id. False when out of memory.
 */
bool places_take_names(struct places *places, struct places *from);

#endif
