/*
 * The judge: limits on what functions, and the whole process, may add; profiles in,
 * verdicts out.
 *
 * A function is File:Function, and its memory is that of the flat table; where the program
 * was run several times, the median of its runs. A budget that names a function is its
 * only limit; else `min` is. Rows in brackets have no limit but a budget that names them.
 */
#ifndef PTMEM_REPORT_JUDGE_H
#define PTMEM_REPORT_JUDGE_H

#include "base/error.h"
#include "base/vec.h"
#include "report/budgets.h"
#include "report/report.h"
#include "report/sums.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limits {
	bool min_given;
	int64_t min;                /* a function that adds or grew so much fails */
	const struct profile *base; /* `min` is for growth since this one; NULL: for all memory */
	struct budgets *budgets;    /* NULL: none */
	bool max_rss_given;
	int64_t max_rss; /* the highest resident memory may be so much */
	bool self, net;  /* as in struct report_options */
};

enum limit_kind {
	LIMIT_MIN,    /* what a function added */
	LIMIT_GROWTH, /* what it added more than in the base */
	LIMIT_BUDGET, /* what it added, by a line of the budgets */
	LIMIT_PEAK,   /* what the process had at most; of no function */
};

struct verdict {
	enum limit_kind kind;
	bool exceeded;
	int64_t limit, judged; /* bytes; the latter is memory, or memory less base */
	int64_t memory, base;
	int64_t least, most;         /* of `memory` over the runs */
	const struct budget *budget; /* of LIMIT_BUDGET */

	/* The function, in the run that is nearest to the median; not of LIMIT_PEAK. */
	const char *text; /* File:Function, fit for a terminal */
	const struct profile *profile;
	const struct location *location;
	uint32_t path;       /* where its heaviest path ends in the trie, or CALLPATH_NONE */
	int64_t path_memory; /* what was added on that */
};

/* Refers to the limits and the runs' profiles, which must outlive it. */
struct judgement {
	const struct limits *limits;
	size_t runs;
	size_t exceeded;
	struct VEC(struct verdict) verdicts; /* by what is over the limit, the most last */
	struct sum_list functions;
};

/*
 * Judges the runs of a program, one at least. ERROR_USAGE where the base measured something
 * else. The judgement is written on success only, and judgement_deinit() is then due.
 */
struct ptmem_error *judge(const struct profile *const *runs, size_t count,
	const struct limits *limits, struct judgement *judgement);
void judgement_deinit(struct judgement *judgement);

/* A path for print: locations from the outermost call on, the middle of a long one left out. */
#define PATH_SHOWN 32
struct shown_path {
	const struct location *frames[PATH_SHOWN];
	size_t count;
	size_t gap;      /* before this frame */
	size_t left_out; /* so many are not shown */
};

void verdict_path(const struct verdict *verdict, struct shown_path *path);

#endif
