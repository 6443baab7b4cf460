/* An axis: its unit, chosen to fit, and ticks at round values of that unit. */
#ifndef PTMEM_PLOT_AXIS_H
#define PTMEM_PLOT_AXIS_H

#include "plot/amount.h"

#include <stddef.h>

struct axis {
	double from, to; /* MiB, or seconds; to is more than from */
	const struct unit *unit;
	double step;  /* between ticks, in its unit */
	double first; /* tick, in steps */
	size_t count;
	int decimals; /* of the labels */
};

/* With `most` ticks or fewer. Of memory the axis begins at 0, and ends with room above `highest`.
 */
struct axis axis_of_time(double from, double to, unsigned most);
struct axis axis_of_memory(double highest, unsigned most);

/* Ends it at the next tick, where that is close. */
void axis_round_up(struct axis *axis);

/* Where a tick is, in MiB or seconds, and the number that stands there. */
double axis_tick(const struct axis *axis, size_t number);
void axis_label(const struct axis *axis, size_t number, char text[AMOUNT_SIZE]);

/* 0 at the beginning of the axis, 1 at its end. */
double axis_place(const struct axis *axis, double value);

#endif
