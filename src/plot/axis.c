/* An axis and its ticks. */
#include "plot/axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define HEADROOM 1.1         /* above the highest, for what is said of it */
#define CLOSE 0.03           /* of the axis */
#define NEARLY 1e-6          /* of a step: what rounding may have done */
#define LONG_MILLISECONDS 10 /* seconds: from where on they are no longer counted in ms */

/* Steps of what is counted in sixties and twenty-fours; 0 at the end. */
static const double minute_steps[] = {0.5, 1, 2, 5, 10, 15, 20, 30, 0};
static const double hour_steps[] = {0.5, 1, 2, 3, 6, 12, 24, 0};

/* 1, 2 or 5 times a power of ten, and no less than what is wanted. */
static double round_step(double wanted)
{
	double power = pow(10, floor(log10(wanted) + NEARLY));
	double times = wanted / power;

	return power * (times <= 1 + NEARLY ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static double choose_step(const struct unit *unit, double wanted)
{
	const double *steps = !strcmp(unit->name, "min") ? minute_steps
			      : !strcmp(unit->name, "h") ? hour_steps
							 : NULL;

	for (; steps && *steps; steps++)
		if (*steps >= wanted)
			return *steps;
	return round_step(wanted);
}

/* How many digits behind the point tell one step from the next. */
static int decimals_of(double step)
{
	int decimals = 0;

	while (decimals < 9 && fabs(step - round(step)) > NEARLY * step) {
		step *= 10;
		decimals++;
	}
	return decimals;
}

static void lay_ticks(struct axis *axis, unsigned most)
{
	double from = axis->from / axis->unit->size, to = axis->to / axis->unit->size;

	axis->step = choose_step(axis->unit, (to - from) / most);
	axis->decimals = decimals_of(axis->step);
	axis->first = ceil(from / axis->step - NEARLY);
	axis->count = (size_t)(floor(to / axis->step + NEARLY) - axis->first + 1);
}

struct axis axis_of_time(double from, double to, unsigned most)
{
	struct axis axis = {.from = from, .to = to, .unit = unit_of_time(to - from)};

	if (axis.unit->size < 1 && to >= LONG_MILLISECONDS)
		axis.unit = unit_of_time(1);
	lay_ticks(&axis, most);
	return axis;
}

struct axis axis_of_memory(double highest, unsigned most)
{
	struct axis axis = {.to = highest > 0 ? highest * HEADROOM : 1};

	axis.unit = unit_of_memory(highest > 0 ? highest : 1);
	lay_ticks(&axis, most);
	return axis;
}

void axis_round_up(struct axis *axis)
{
	double next = axis_tick(axis, axis->count);

	if (next - axis->to > CLOSE * (axis->to - axis->from))
		return;
	axis->to = next;
	axis->count++;
}

double axis_tick(const struct axis *axis, size_t number)
{
	return (axis->first + (double)number) * axis->step * axis->unit->size;
}

void axis_label(const struct axis *axis, size_t number, char text[AMOUNT_SIZE])
{
	double value = (axis->first + (double)number) * axis->step;

	snprintf(text, AMOUNT_SIZE, "%.*f", value ? axis->decimals : 0, value);
}

double axis_place(const struct axis *axis, double value)
{
	return (value - axis->from) / (axis->to - axis->from);
}
