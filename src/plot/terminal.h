/*
 * A chart as text for a terminal.
 *
 *     MiB
 *     20┤      ⢀⡠⠤⠒⡆
 *       │  ⣀⠤⠒⠉    ⠘⡄
 *      0┤⠊⠉        ⠑⠒⠒
 *       └┬─────┬─────┬
 *        0     1    2 s
 */
#ifndef PTMEM_PLOT_TERMINAL_H
#define PTMEM_PLOT_TERMINAL_H

#include "base/error.h"
#include "base/strbuf.h"
#include "plot/chart.h"

#include <stdbool.h>

struct terminal {
	unsigned width, height; /* columns and rows that may be filled */
	bool ascii, color;
};

/* What a chart for this terminal is best made with. */
unsigned terminal_columns(const struct terminal *terminal);
unsigned terminal_time_ticks(const struct terminal *terminal);
unsigned terminal_memory_ticks(const struct terminal *terminal);

/* Appends lines, each with its end. */
struct ptmem_error *terminal_print(
	const struct chart *chart, const struct terminal *terminal, struct strbuf *out);

#endif
