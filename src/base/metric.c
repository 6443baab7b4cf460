/* The table of metrics. */
#include "base/metric.h"

#include "base/amounts.h"

#include <string.h>

static const char *const names[] = {
	[METRIC_RSS] = "rss",
	[METRIC_ANON] = "anon",
	[METRIC_FILE] = "file",
	[METRIC_SHMEM] = "shmem",
	[METRIC_SWAP] = "swap",
	[METRIC_PSS] = "pss",
	[METRIC_USS] = "uss",
	[METRIC_ALL] = "all",
};

const char *metric_name(enum metric metric)
{
	return metric <= METRIC_ALL ? names[metric] : NULL;
}

bool metric_parse(const char *name, enum metric *metric)
{
	for (enum metric i = METRIC_RSS; i <= METRIC_ALL; i++)
		if (!strcmp(name, names[i])) {
			*metric = i;
			return true;
		}
	return false;
}

unsigned metric_columns(enum metric metric)
{
	return metric == METRIC_ALL ? AMOUNT_COLUMNS : 1;
}

enum metric metric_of_column(enum metric metric, unsigned column)
{
	return metric == METRIC_ALL ? METRIC_RSS + column : metric;
}
