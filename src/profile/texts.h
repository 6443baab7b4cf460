/*
 * What is known by its text: a number for each, found again by the same text. Two texts of
 * one hash have keys beside each other: a text is looked for from its hash on.
 */
#ifndef PTMEM_PROFILE_TEXTS_H
#define PTMEM_PROFILE_TEXTS_H

#include "base/map.h"
#include "base/vec.h"

#include <stdint.h>

struct text {
	char *text;
	uint32_t value;
};

/* Zeroed is empty. */
struct texts {
	struct map map; /* hash to index */
	struct VEC(struct text) list;
};

/*
 * What this text stands for, UINT32_MAX at first; to be changed in place until the next call.
 * Takes the text over, which may be NULL; NULL when out of memory.
 */
uint32_t *texts_find(struct texts *texts, char *text);
void texts_deinit(struct texts *texts);

#endif
