/*
 * Reports: a const profile in, text out. A format is one `struct report_ops`.
 */
#ifndef PTMEM_REPORT_REPORT_H
#define PTMEM_REPORT_REPORT_H

#include "base/error.h"
#include "profile/profiles.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum report_sort {
	SORT_MEMORY,
	SORT_CALLS,
	SORT_NAME,
	SORT_TIME, /* first call first */
};

/* As memory_profiler lists lines now, or as it did at first. */
enum line_style {
	LINE_STYLE_NEW,
	LINE_STYLE_CLASSIC,
};

/* How lines are listed. */
struct line_options {
	enum line_style style;
	bool only_increases;
};

/* What a row of the listing by objects is for. */
enum report_by {
	BY_OBJECT_AND_METHOD,
	BY_CLASS,
	BY_OBJECT,
	BY_METHOD,
};

struct report_options {
	bool min_given;
	int64_t min; /* bytes; rows smaller than this, in either direction, are hidden */
	size_t top;  /* only so many of the largest rows; 0: all */
	bool self;   /* without callees */
	bool net;    /* signed sums instead of sums of increases */
	enum report_sort sort;
	bool reverse;
	bool precision_given;
	int precision; /* significant digits of an amount; in the tree, decimals */
	bool color;
	struct line_options lines;
	bool instances;    /* calls are told apart by their objects */
	enum report_by by; /* in the listing by objects */
	bool several;      /* this is the total of several processes */

	/* Lines of KEY=VALUE about each process that is reported on, for exports; NULL: none. */
	const char *const *runs;
};

/* What a report left out. */
struct report_hidden {
	size_t below_min;
	size_t beyond_top;
	size_t negative;        /* paths that a format for amounts above 0 has no place for */
	int64_t negative_bytes; /* and what they come to */
};

/* `hidden` is set. */
typedef struct ptmem_error *report_write(const struct profile *profile,
	const struct report_options *options, FILE *out, struct report_hidden *hidden);

struct report_ops {
	const char *name;
	report_write *write;

	/* The processes of a run, two at least; `hidden` is of all of them together. */
	struct ptmem_error *(*write_several)(const struct profiles *profiles,
		const struct profile *total, const struct report_options *options, FILE *out,
		struct report_hidden *hidden);
};

/* The least that the tree shows where no min is given. */
#define TREE_MIN 1048576

extern const struct report_ops report_flat, report_tree, report_json, report_csv, report_folded,
	report_instances, report_lines;

/*
 * The balance of the ledger, for -v: memory at start and end, what was charged to
 * functions and to each bracket, and the difference, in every column; each line tells the
 * pid, where it is not NULL. `out` may be NULL. True where the difference is 0.
 */
bool report_balance(const struct profile *profile, const pid_t *pid, FILE *out);

#endif
