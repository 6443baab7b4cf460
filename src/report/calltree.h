/*
 * The call tree: a profile's call paths with all that prints alike under one parent put
 * together, their sums, and which of them a report shows in which order.
 *
 * Threads are at the top where there is more than one with anything in it; with one, the
 * calls that it made are. Paths on which nothing was called and nothing moved are not there.
 */
#ifndef PTMEM_REPORT_CALLTREE_H
#define PTMEM_REPORT_CALLTREE_H

#include "base/error.h"
#include "profile/profile.h"
#include "report/label.h"
#include "report/report.h"
#include "report/subtree.h"

#include <stdbool.h>
#include <stdint.h>

enum calltree_threads {
	THREADS_WHERE_SEVERAL,
	THREADS_ALWAYS,
};

struct calltree {
	struct labels labels;
	struct callpath_trie paths; /* a node's location is the index of its label */
	int64_t *sums;              /* callees included, a column of all nodes after the other */
	bool *shown;                /* all of them at first */
	struct walk walk;           /* the shown ones; empty until calltree_order() */
};

/* calltree_deinit() is due on success only. Fails when out of memory. */
struct ptmem_error *calltree_init(
	struct calltree *tree, const struct profile *profile, enum calltree_threads threads);
void calltree_deinit(struct calltree *tree);

const struct label *calltree_label(const struct calltree *tree, uint32_t node);

/* The calls on a path; of a thread, how many it stands for. */
uint64_t calltree_calls(const struct calltree *tree, uint32_t node);

/* What a node comes to, callees included or by itself. */
int64_t calltree_amount(const struct calltree *tree, uint32_t node, unsigned column, bool self);

/*
 * Hides nodes smaller than `min` bytes in every column, in either direction, and all but
 * the largest as the options' `top` says. What is below a hidden node may be shown: so are
 * then all that lead to it. Fails when out of memory, with nothing changed.
 */
struct ptmem_error *calltree_select(struct calltree *tree, const struct report_options *options,
	uint64_t min, struct report_hidden *hidden);

/* Makes the walk of what is shown, in the options' order. Fails when out of memory. */
struct ptmem_error *calltree_order(struct calltree *tree, const struct report_options *options);

#endif
