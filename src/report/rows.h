/*
 * One row a function: what a profile's call paths come to when all that prints the same
 * is put together. Collected, filtered and sorted as the options say, for any format that
 * lists functions.
 *
 * Locations that would print alike share a row, over all threads: a function that debug
 * info has twice is one function to the reader. Threads themselves have none.
 */
#ifndef PTMEM_REPORT_ROWS_H
#define PTMEM_REPORT_ROWS_H

#include "base/error.h"
#include "base/vec.h"
#include "profile/profile.h"
#include "report/report.h"

#include <stdbool.h>
#include <stdint.h>

struct row {
	uint32_t location; /* one of those that the row stands for */
	uint32_t first;    /* its first node in the trie: rows by it are rows by first call */
	bool bracket;      /* memory of no watched call */
	char *text;        /* File:Line:Function, or the name in brackets; fit for a terminal */
	uint64_t calls;
	struct amounts amounts;
};

/* Zeroed is empty. */
struct row_list VEC(struct row);

/*
 * Rows that are zero in every column are nothing to report; those that the options hide
 * are counted. `rows` and `hidden` are written on success only, and rows_deinit() is then
 * due. Fails when out of memory.
 */
struct ptmem_error *rows_collect(const struct profile *profile,
        const struct report_options *options, struct row_list *rows, struct report_hidden *hidden);
void rows_deinit(struct row_list *rows);

#endif
