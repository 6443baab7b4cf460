/*
 * The sites that functions are called from, as a part of the places (places.h): a site is a
 * call in a module's code, by its address alone while a program runs. When the run is over
 * it is looked up which line it is on, and which functions were inlined around it.
 *
 * All of this has bounds. What is beyond them has no site, and is charged all the same.
 */
#ifndef PTMEM_PROFILE_SITES_H
#define PTMEM_PROFILE_SITES_H

#include "base/map.h"
#include "base/vec.h"
#include "profile/texts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct places;

#define SITE_NONE UINT32_MAX
#define FILE_NONE UINT32_MAX

/* Call paths that there may be for the sites' sake alone. */
#define SITES_EXTRA_MAX 200000

/* A site has so many functions inlined around it at most; what is deeper is left out. */
#define INLINED_MAX 64

/* A function that was inlined at a site, and where it was called in the one around it. */
struct inlined {
	uint32_t location; /* LOCATION_INLINED */
	uint32_t file;     /* of the call, or FILE_NONE */
	int line;          /* of the call, or 0 */
};

/* A call in a module's code, or another place where one stood. */
struct site {
	uint32_t module;
	uint64_t offset; /* of a byte of its instruction, in the module's file */

	bool stood_at; /* some call was known to be here, for its lines */

	/* Filled in when the run is over. */
	bool resolved;
	uint64_t function; /* where the function around it begins, all of it inlined or not */
	uint32_t file;     /* of the call, or FILE_NONE */
	int line;          /* of the call, or 0 */
	struct VEC(struct inlined) inlined; /* around the call, the outermost first */
};

/* Zeroed is empty. */
struct sites {
	struct VEC(struct site) list;
	struct map site_of;   /* (module, offset) to site */
	struct map call_of;   /* (function, site) to location */
	struct texts inlined; /* their locations, by what they print as */
	struct texts files;   /* that calls are in: each has its own index */
	size_t chained;       /* inlined functions of all sites together */
	size_t extra;         /* call paths that are there for the sites' sake, of all processes */
	bool over;            /* some process would have had more of them */
};

/* A call in a module's code; SITE_NONE when out of memory, or where there are too many. */
uint32_t places_site(struct places *places, uint32_t module, uint64_t offset);

/* The same where it is there already; else SITE_NONE. */
uint32_t places_find_site(const struct places *places, uint32_t module, uint64_t offset);

/*
 * A function (LOCATION_CODE) as it is called from a site; UINT32_MAX when out of memory, or
 * where there are too many.
 */
uint32_t places_call_location(struct places *places, uint32_t function, uint32_t site);

/* The same where it is there already; else UINT32_MAX. */
uint32_t places_find_call(const struct places *places, uint32_t function, uint32_t site);

/* A function that was inlined, by its name and declaration (file may be NULL); UINT32_MAX as above.
 */
uint32_t places_inlined_location(
	struct places *places, uint32_t module, const char *name, const char *file, int line);

/* A file that calls are in, NULL for none; FILE_NONE is for that and for lack of memory. */
uint32_t places_file(struct places *places, const char *path);

/* NULL for FILE_NONE. */
const char *places_file_path(const struct places *places, uint32_t file);

/* One more function that is inlined at a site; false where there are too many. */
bool places_add_inlined(struct places *places, uint32_t site, struct inlined inlined);

/*
 * Gives sites that were not looked up what those in `from` were found to be: `module_of`
 * says which module of `from` each is, or UINT32_MAX. False when out of memory.
 */
bool places_take_sites(struct places *places, const struct places *from, const uint32_t *module_of);

void sites_deinit(struct sites *sites);

#endif
