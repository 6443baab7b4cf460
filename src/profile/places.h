/*
 * Where memory can be charged: the modules of a run and the locations in them, with their
 * names; and the sites that functions are called from. The processes of one run share them,
 * so that a program which forks a thousand times describes its functions once.
 *
 * It owns every string in it.
 */
#ifndef PTMEM_PROFILE_PLACES_H
#define PTMEM_PROFILE_PLACES_H

#include "base/map.h"
#include "base/vec.h"
#include "profile/instances.h"
#include "profile/listings.h"
#include "profile/sites.h"
#include "profile/texts.h"

#include <stdbool.h>
#include <stddef.h>
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
	LOCATION_CALL,    /* a function as it is called from one site; no report has any */
	LOCATION_INLINED, /* a function that was inlined, in code that calls another */
	LOCATION_METHOD,  /* a function as it is called on one object */
};

struct location {
	enum location_kind kind;
	uint32_t module;   /* code, inlined */
	uint64_t offset;   /* code: address in the module's file; thread: its ordinal from 1 */
	char *symbol;      /* code: as in the symbol table */
	uint32_t family;   /* code: what it is a copy of, which a compiler made, or itself */
	uint32_t function; /* call, method: the location of the function that is called */
	union {
		uint32_t site;     /* call: where from */
		uint32_t instance; /* method: on which object */
	};

	/* Filled in when the run is over; as hostile as the file they are from. */
	char *name;   /* never NULL once resolved; brackets and threads have it from the start */
	char *file;   /* absolute path, or NULL where debug info does not say */
	int line;     /* declaration, or 0 */
	char *source; /* the text of that line, in a recording; NULL where it is not known */

	/* Where a report tells calls from different lines apart: the line of the call. */
	char *call_file; /* or NULL */
	int call_line;

	bool borrowed; /* its strings are another one's */
};

struct places {
	unsigned users;
	struct VEC(struct module) modules;
	struct VEC(struct location) locations;
	struct map location_of; /* (module, offset) to location */
	struct texts families;  /* the first function of each, by module and symbol */
	struct texts brackets;  /* their locations, by name */
	struct sites sites;
	bool knows_lines; /* a recording tells where calls were */
	struct listings listings;
	struct instances instances;
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

/* What a place in a module's code is known by. A file's addresses stay below 2^48: no two places
 * share a key. */
static inline uint64_t places_code_key(uint32_t module, uint64_t offset)
{
	return (uint64_t)module << 48 ^ offset;
}

/* Whether it is of a function, with a module and a declaration; those of methods once reports are
 * made (report/methods.h). */
static inline bool location_is_code(const struct location *location)
{
	return location->kind == LOCATION_CODE || location->kind == LOCATION_INLINED ||
	       location->kind == LOCATION_METHOD;
}

/* The function that a location is a call of; any other location is its own. */
static inline uint32_t places_function(const struct places *places, uint32_t location)
{
	const struct location *place = &places->locations.items[location];

	return place->kind == LOCATION_CALL || place->kind == LOCATION_METHOD ? place->function
									      : location;
}

/* The location of a bracketed row, by its name without brackets; UINT32_MAX as above. */
uint32_t places_bracket_location(struct places *places, const char *name);

/* A new location for a thread's root; UINT32_MAX as above. */
uint32_t places_thread_location(struct places *places, uint64_t ordinal, const char *name);

/* A location's name, replaced; false when out of memory. */
bool places_rename(struct places *places, uint32_t location, const char *name);

/* What a module is known by where it has a build-id; to be freed, NULL when out of memory. */
char *module_key(const char *path, const char *build_id);

/* A new location of any kind, which takes its strings over; UINT32_MAX as above. */
uint32_t places_add_location(struct places *places, struct location location);

/*
 * Gives locations without a name the one that they have in `from`, and takes it away there:
 * those at the same place in a module of the same path and build-id; and sites what they
 * were found to be. False when out of memory.
 */
bool places_take_names(struct places *places, struct places *from);

#endif
