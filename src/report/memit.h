/*
 * What memit measured, as text for people, as JSON (doc/json.md) and as a Markdown table. A
 * format is one `struct memit_ops`.
 */
#ifndef PTMEM_REPORT_MEMIT_H
#define PTMEM_REPORT_MEMIT_H

#include "base/error.h"
#include "base/metric.h"
#include "base/vec.h"
#include "measure/peak.h"
#include "report/statistics.h"

#include <stdio.h>

/* One command and its runs, of which there is at least one when it is written. */
struct memit_command {
	const char *text;  /* as a shell would have it */
	char *const *argv; /* what was run */
	struct VEC(struct peak_run) runs;
};

/* One command, or two of which the second is compared with the first. Not owned. */
struct memit {
	enum metric metric;
	bool children;
	bool sampled;
	const struct memit_command *commands;
	size_t count;
};

/* Of all runs of a command. */
struct memit_summary {
	struct statistics peak, increment;
};

static inline int64_t peak_run_increment(const struct peak_run *run)
{
	return run->peak - run->start;
}

/* Fails when out of memory. */
struct ptmem_error *memit_summarize(
	const struct memit_command *command, struct memit_summary *summary);

struct memit_ops {
	struct ptmem_error *(*write)(const struct memit *memit, FILE *out);
};

extern const struct memit_ops memit_text, memit_json, memit_markdown;

#endif
