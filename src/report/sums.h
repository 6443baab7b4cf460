/*
 * One sum a function, whatever its line: what compares two recordings, or judges one,
 * counts by. A function that moved within its file stays the same function; functions of
 * one name in two files are two.
 */
#ifndef PTMEM_REPORT_SUMS_H
#define PTMEM_REPORT_SUMS_H

#include "base/error.h"
#include "base/vec.h"
#include "profile/profile.h"
#include "report/report.h"

#include <stdbool.h>
#include <stdint.h>

struct sum {
	char *text;        /* File:Function, or the name in brackets; fit for a terminal */
	size_t file;       /* length of the File in it; 0: a bracket */
	uint32_t location; /* one of those that it stands for */
	uint32_t first;    /* its first node in the trie */
	bool bracket;      /* memory of no watched call */
	uint64_t calls;
	struct amounts amounts;
};

/* Zeroed is empty. */
struct sum_list VEC(struct sum);

/*
 * What the flat table's rows come to by function, in order of their texts; of the options
 * `self` and `net` count. `sums` is written on success only, and sums_deinit() is then due.
 * Fails when out of memory.
 */
struct ptmem_error *sums_collect(
	const struct profile *profile, const struct report_options *options, struct sum_list *sums);
void sums_deinit(struct sum_list *sums);

/* What a location's sum is called, and how long the File in it is; to be freed, NULL when out of
 * memory. */
char *sum_text(const struct profile *profile, const struct location *location, size_t *file);

/* Puts them in order of their texts, which sums_find() needs. */
void sums_sort(struct sum_list *sums);

/* The sum of this text; SUM_NONE where there is none. */
#define SUM_NONE UINT32_MAX
uint32_t sums_find(const struct sum_list *sums, const char *text);

#endif
