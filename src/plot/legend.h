/* What stands under a plot: the curves and the functions in it by name, each with what there is to
 * say of it. */
#ifndef PTMEM_PLOT_LEGEND_H
#define PTMEM_PLOT_LEGEND_H

#include "plot/chart.h"

#include <stdbool.h>
#include <stddef.h>

struct legend_entry {
	const char *name; /* of the chart */
	char detail[4 * AMOUNT_SIZE];
};

struct legend {
	struct VEC(struct legend_entry) curves;    /* as many as in the chart, or none */
	struct VEC(struct legend_entry) bands;     /* as many as in the chart */
	struct VEC(struct legend_entry) functions; /* the first ones of the chart's */
	char rest[4 * AMOUNT_SIZE];                /* what was left out, or "" */
};

/* Of a chart that stays; legend_deinit() is due on success. */
struct ptmem_error *legend_init(struct legend *legend, const struct chart *chart);
void legend_deinit(struct legend *legend);

#endif
