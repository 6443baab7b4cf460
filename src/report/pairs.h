/*
 * The functions of two profiles, each beside itself.
 *
 * They are the same by File:Function. Where a whole tree of sources was built in another
 * place, as CI does, the place is left out of account: functions in /home/a/app/src are
 * those in /builds/7/app/src if one side knows nothing of the one place, and the other
 * nothing of the other.
 */
#ifndef PTMEM_REPORT_PAIRS_H
#define PTMEM_REPORT_PAIRS_H

#include "base/error.h"
#include "base/vec.h"
#include "report/sums.h"

/* Not owned: the sums' own. At most one of the two is NULL. */
struct pair {
	const struct sum *base, *new;
};

/* Zeroed is empty; to be freed with vec_deinit(). */
struct pair_list VEC(struct pair);

/* In no order. `pairs` is written on success only. Fails when out of memory. */
struct ptmem_error *pairs_collect(
	const struct sum_list *base, const struct sum_list *new, struct pair_list *pairs);

#endif
