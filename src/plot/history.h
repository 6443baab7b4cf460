/*
 * Memory over time of a process of a recording: what it had altogether, and of that the parts that
 * some call paths have, its bands. However much happened, what is kept are some thousand moments,
 * with the highest among them.
 */
#ifndef PTMEM_PLOT_HISTORY_H
#define PTMEM_PLOT_HISTORY_H

#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BANDS_MOST 8

struct moment {
	uint64_t time; /* ms since 1970 */
	int64_t total; /* bytes */
	int64_t bands[BANDS_MOST];
};

/* A mark that the program passed. */
struct passing {
	char *name;    /* as hostile as the program */
	uint64_t time; /* ms since 1970 */
};

/* Zeroed is empty. */
struct passings VEC(struct passing);

/* Zeroed is empty. */
struct history {
	struct moment now;
	uint64_t width; /* ms, in which no more than the highest and the last moment are kept */
	struct VEC(struct moment) moments;
};

/*
 * Memory moved, which is no part of any band where `band` is BANDS_MOST. Times never go back.
 * False when out of memory.
 */
bool history_move(struct history *history, uint64_t time, size_t band, int64_t bytes);

/* Between moments nothing changed: where that shows, there are two for it. False likewise. */
bool history_hold(struct history *history);
void history_deinit(struct history *history);

/* The one with the most memory; there must be one. */
const struct moment *history_peak(const struct history *history);

#endif
