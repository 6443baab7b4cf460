/*
 * Which call paths of a recording are told apart in a plot: the tree of paths is cut where its
 * branches are still worth telling apart, at the moment of the highest memory. Each path belongs to
 * the nearest of the cuts above it, or to none.
 */
#ifndef PTMEM_PLOT_BANDS_H
#define PTMEM_PLOT_BANDS_H

#include "plot/history.h"
#include "profile/profile.h"

#include <stddef.h>
#include <stdint.h>

struct bands {
	char *names[BANDS_MOST]; /* `innermost < outer`; clean */
	size_t count;
	struct VEC(uint8_t) of; /* by node of the trie: its band, BANDS_MOST for none */
};

/* Of a profile as it is at its peak. False when out of memory; bands_deinit() is due either way. */
bool bands_choose(struct bands *bands, const struct profile *profile);
void bands_deinit(struct bands *bands);

/* The band of a path, which may be newer than the choice; false when out of memory. */
bool bands_find(
	struct bands *bands, const struct callpath_trie *paths, uint32_t path, size_t *band);

#endif
