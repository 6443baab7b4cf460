/*
 * What sites were found to be, as a recording has it (RECORD_SITES): entries one after another,
 * each beginning with a number that says what it is:
 *
 *     0  a file that calls are in: its path
 *     1  a function that was inlined: name, path, line, text of that line
 *     2  and the number of a call (JOURNAL_CALL), its site:
 *            where the function around it begins, and 1; 0 where that is not known
 *            FILE, line            of the call
 *            how many functions were inlined around it, and each of them, the outermost first:
 *                FUNCTION          that was inlined
 *                FILE, line        where it was called
 *
 * FILE and FUNCTION are numbers from 1 in the order in which a process defines them; FILE is 0
 * where it is not known.
 */
#ifndef PTMEM_PROFILE_SITE_RECORD_H
#define PTMEM_PROFILE_SITE_RECORD_H

#include "base/map.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "profile/fields.h"
#include "profile/places.h"

#include <stdbool.h>
#include <stdint.h>

/* What has a number already, for writing. Zeroed is empty. */
struct site_numbers {
	struct map files, functions;
};

/*
 * Appends what one more entry defines that a site needs; false where nothing is left to define.
 * No entry is longer than a few strings.
 */
bool site_record_define(struct strbuf *buf, struct site_numbers *numbers,
	const struct places *places, uint32_t site);

/* Then the site itself, by the number of a call from there. */
void site_record_add(struct strbuf *buf, const struct site_numbers *numbers,
	const struct places *places, uint32_t site, uint32_t call);
void site_numbers_deinit(struct site_numbers *numbers);

/* What numbers stand for, for reading. Zeroed is empty. */
struct site_names {
	struct VEC(uint32_t) files;
	struct VEC(struct inlined_name) functions; /* made locations in the module of a site */
};

struct inlined_name {
	char *name, *file, *source;
	int line;
};

/* Reads one entry; *call is the number of a call where it is a site, which
 * site_record_read() has to read on, else UINT32_MAX. source->bad says that it cannot be right. */
void site_record_begin(
	struct source *source, struct site_names *names, struct places *places, uint32_t *call);

/* Has the site be what the entry says. SITE_NONE, or one that is known already, is left alone. */
void site_record_read(struct source *source, const struct site_names *names, struct places *places,
	uint32_t site);
void site_names_deinit(struct site_names *names);

#endif
