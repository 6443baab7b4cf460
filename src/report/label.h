/*
 * Labels: what a profile's locations print as. Locations that print alike share a label,
 * since what debug info has twice is one function to the reader. Threads never share one.
 */
#ifndef PTMEM_REPORT_LABEL_H
#define PTMEM_REPORT_LABEL_H

#include "base/vec.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <stdint.h>

#define NO_LABEL UINT32_MAX

struct label {
	char *text;        /* File:Line:Function, Function Class#Number:'name', or a name in
			      brackets; fit for a terminal */
	uint32_t location; /* one of those that it stands for, the first to have a node */
	uint32_t first;    /* that node */
	enum location_kind kind;
};

/* In order of their texts, so that a label's index is its place among all names. */
struct labels {
	struct VEC(struct label) list;
	uint32_t *of; /* a location's label, NO_LABEL where no node has it */
};

/* Labels of all locations that have nodes. False when out of memory; labels_deinit() is due. */
bool labels_init(struct labels *labels, const struct profile *profile);
void labels_deinit(struct labels *labels);

/* A location's own name, as it is: never NULL. */
const char *location_name(const struct location *location);

/* What stands behind the name of a function that was inlined; "" for any other. */
const char *location_mark(const struct location *location);

#endif
