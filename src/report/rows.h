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

/* All that a function comes to, whatever the options say. */
struct row_totals {
	struct amounts rise;      /* sum of increases, callees included */
	struct amounts self_rise; /* the same without callees */
	struct amounts net;       /* signed, callees included; not always filled in */
	struct amounts self;      /* signed, without callees: over all rows, what moved */
	uint64_t rise_calls, self_rise_calls;
	uint64_t calls; /* all of them */
};

struct row {
	uint32_t location; /* one of those that the row stands for */
	uint32_t first;    /* its first node in the trie: rows by it are rows by first call */
	bool bracket;      /* memory of no watched call */
	bool inlined;      /* a function that was inlined: of its calls nothing is known */
	char *text;        /* File:Line:Function, or the name in brackets; fit for a terminal */
	uint64_t calls;
	struct amounts amounts; /* the ones that the options ask for */
	struct row_totals totals;
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

/* The same with all totals filled in; rows are left out only where all of them are zero. */
struct ptmem_error *rows_collect_all(const struct profile *profile,
	const struct report_options *options, struct row_list *rows, struct report_hidden *hidden);
void rows_deinit(struct row_list *rows);

#endif
