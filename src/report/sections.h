/* Reports on several processes, in the formats that people read. */
#ifndef PTMEM_REPORT_SECTIONS_H
#define PTMEM_REPORT_SECTIONS_H

#include "base/strbuf.h"
#include "report/report.h"

/*
 * A section a process, below a line that says which, and one of them all, each as `write`
 * has it:
 *
 *     4242 ./server --port 1
 *     ...
 *
 *     all 2 processes
 *     ...
 */
struct ptmem_error *sections_write(report_write *write, const struct profiles *profiles,
	const struct profile *total, const struct report_options *options, FILE *out,
	struct report_hidden *hidden);

/* Appends `4242 ./server --port 1`, fit for a terminal. */
void process_add_name(struct strbuf *text, const struct process_profile *process);

/* Counts what one report left out with what others did. */
void hidden_add(struct report_hidden *hidden, const struct report_hidden *more);

#endif
