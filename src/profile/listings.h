/*
 * Functions that are listed line by line: which ones, and their source text. A part of the places
 * (places.h), filled in when the run is over.
 *
 * A listing is of one function of the source, whatever the compiler made of it: instances of a
 * template, copies, inlined code. Its span is where it stands in its file.
 */
#ifndef PTMEM_PROFILE_LISTINGS_H
#define PTMEM_PROFILE_LISTINGS_H

#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPAN_NONE UINT32_MAX

/* No function is longer, and no line. */
#define SPAN_LINES_MAX 20000
#define SPAN_LINE_LENGTH 1000

/* A recording has no more. */
#define SPANS_MAX 10000

/* All text of a run's listings together, in bytes. */
#define SPANS_TEXT_MAX (UINT32_C(16) << 20)

enum span_state {
	SPAN_TEXT,    /* the text is there */
	SPAN_MISSING, /* the file was not found */
	SPAN_CHANGED, /* it is not the one that was compiled */
	SPAN_STATES,
};

struct span {
	char *file;
	int first, last; /* lines; last is 0 where it is not known */
	enum span_state state;
	struct VEC(char *) text; /* from the first line on */
};

struct listing {
	char *name; /* as the debug info has it; without template arguments where there are several
		     */
	uint32_t span;
	int from, to;                 /* nothing but these lines; 0: all */
	size_t instances;             /* functions of different names */
	struct VEC(uint32_t) members; /* locations */
};

/* Zeroed is empty. */
struct listings {
	struct VEC(struct span) spans;
	struct VEC(struct listing) list;
	size_t text; /* bytes */
};

/* The span that begins there, made if need be with no text and no end; SPAN_NONE when out of
 * memory.
 */
uint32_t listings_span(struct listings *listings, const char *file, int first);

/* The same where it is there already. */
uint32_t listings_find_span(const struct listings *listings, const char *file, int first);

/* One more line of text at the end of a span; false when out of memory, or where it is too much. */
bool span_add_line(struct listings *listings, uint32_t span, const char *text, size_t length);

/* A line's text; NULL where it is not there. */
const char *span_line(const struct span *span, int line);

/* A new listing, which takes the name over; NULL when out of memory. */
struct listing *listings_add(struct listings *listings, char *name, uint32_t span);

/* Forgets which functions are listed; the spans stay. */
void listings_clear(struct listings *listings);
void listings_deinit(struct listings *listings);

#endif
