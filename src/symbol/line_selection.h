/* What the user wants to see line by line: functions by their names, or lines of files. */
#ifndef PTMEM_SYMBOL_LINE_SELECTION_H
#define PTMEM_SYMBOL_LINE_SELECTION_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/pattern.h"

#include <stdbool.h>

/* FILE:FROM-TO */
struct line_range {
	struct pattern_list file; /* one glob */
	int from, to;
	bool used; /* some function is there */
};

/* Zeroed is: nothing is wanted. */
struct line_selection {
	bool wanted; /* without any functions or ranges: the heaviest functions */
	struct pattern_list funcs;
	struct VEC(struct line_range) ranges;
	bool instantiations; /* of a template: each apart */
	size_t top;          /* how many functions where none are named; 0: the usual number */
};

/* `table_grow`, `app::*,main`, `table.c:10-40`, `table.c:25`; or NULL for the heaviest. ERROR_USAGE
 * for what is none of these. */
struct ptmem_error *line_selection_add(struct line_selection *selection, const char *value);
void line_selection_deinit(struct line_selection *selection);

/* Whether functions or lines are named. */
bool line_selection_names(const struct line_selection *selection);

/* Whether a function is wanted for its name. */
bool line_selection_matches(struct line_selection *selection, const char *name, bool inlined);

#endif
