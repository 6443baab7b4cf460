/* What of a process's memory is measured, and what its columns are called. */
#ifndef PTMEM_BASE_METRIC_H
#define PTMEM_BASE_METRIC_H

#include <stdbool.h>

enum metric {
	METRIC_RSS,
	METRIC_ANON,
	METRIC_FILE,
	METRIC_SHMEM,
	METRIC_SWAP,
	METRIC_PSS,
	METRIC_USS,
	METRIC_ALL, /* the first five, side by side */
};

/* As the user types it; NULL after the last. */
const char *metric_name(enum metric metric);

/* False where no metric has this name. */
bool metric_parse(const char *name, enum metric *metric);

/* How many columns a run with this metric has. */
unsigned metric_columns(enum metric metric);

/* What one of those columns measures. */
enum metric metric_of_column(enum metric metric, unsigned column);

#endif
