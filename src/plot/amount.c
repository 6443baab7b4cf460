/* Amounts of memory, times and slopes, as labels of a plot have them. */
#include "plot/amount.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#define KIB (1.0 / 1024)
#define GIB 1024.0
#define TIB (1024.0 * 1024)
#define MINUTE 60
#define HOUR 3600
#define DAY 86400

/* From the smallest on; times go on in the smaller unit for a while. */
static const struct unit memory_units[] = {{"KiB", KIB}, {"MiB", 1}, {"GiB", GIB}, {"TiB", TIB}};
static const struct unit time_units[] = {
	{"ms", 1e-3}, {"s", 1}, {"min", MINUTE}, {"h", HOUR}, {"d", DAY}};
static const double time_limits[] = {0, 1, 2.0 * MINUTE, 2.0 * HOUR, 3.0 * DAY};

const struct unit *unit_of_memory(double memory)
{
	const struct unit *unit = memory_units;

	while (unit + 1 < memory_units + sizeof memory_units / sizeof *memory_units &&
		fabs(memory) >= unit[1].size)
		unit++;
	return unit;
}

const struct unit *unit_of_time(double seconds)
{
	size_t i = 0;

	while (i + 1 < sizeof time_units / sizeof *time_units && seconds >= time_limits[i + 1])
		i++;
	return &time_units[i];
}

/* Four digits, and never an exponent for what can be read without. */
static int digits_of(double value)
{
	return fabs(value) >= 1000 ? 0 : fabs(value) >= 100 ? 1 : fabs(value) >= 10 ? 2 : 3;
}

/* A number without the zeros that end it behind its point. */
static void print_number(double value, const char *sign, char text[AMOUNT_SIZE])
{
	int length = snprintf(text, AMOUNT_SIZE, sign, digits_of(value), value);

	if (!digits_of(value) || length >= AMOUNT_SIZE)
		return;
	while (text[length - 1] == '0')
		text[--length] = '\0';
	if (text[length - 1] == '.')
		text[--length] = '\0';
}

void amount_memory(double memory, char text[AMOUNT_SIZE])
{
	const struct unit *unit = unit_of_memory(memory);
	char number[AMOUNT_SIZE];

	print_number(memory / unit->size, "%.*f", number);
	snprintf(text, AMOUNT_SIZE, "%.30s %s", number, unit->name);
}

static void print_two(double seconds, double large, const char *first, double small,
	const char *second, char text[AMOUNT_SIZE])
{
	double rounded = round(seconds / small);
	double many = floor(rounded * small / large);
	double rest = rounded - many * (large / small);

	if (rest > 0)
		snprintf(text, AMOUNT_SIZE, "%.0f %s %.0f %s", many, first, rest, second);
	else
		snprintf(text, AMOUNT_SIZE, "%.0f %s", many, first);
}

void amount_time(double seconds, char text[AMOUNT_SIZE])
{
	const struct unit *unit = unit_of_time(seconds ? seconds : 1);
	char number[AMOUNT_SIZE];

	if (unit->size == MINUTE) {
		print_two(seconds, MINUTE, "min", 1, "s", text);
	} else if (unit->size == HOUR) {
		print_two(seconds, HOUR, "h", MINUTE, "min", text);
	} else if (unit->size == DAY) {
		print_two(seconds, DAY, "d", HOUR, "h", text);
	} else {
		print_number(seconds / unit->size, "%.*f", number);
		snprintf(text, AMOUNT_SIZE, "%.30s %s", number, unit->name);
	}
}

void amount_slope(double memory_per_second, char text[AMOUNT_SIZE])
{
	bool by_second = fabs(memory_per_second) >= KIB;
	double memory = by_second ? memory_per_second : memory_per_second * HOUR;
	const struct unit *unit = unit_of_memory(memory);
	char number[AMOUNT_SIZE];

	if (fabs(memory / unit->size) < 5e-4)
		memory = 0;
	print_number(memory / unit->size, memory ? "%+.*f" : "%.*f", number);
	snprintf(text, AMOUNT_SIZE, "%.30s %s/%s", number, unit->name, by_second ? "s" : "h");
}
