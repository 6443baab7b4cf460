/* Amounts of memory, times and slopes, as labels of a plot have them: `12.5 MiB`, `350 ms`. */
#ifndef PTMEM_PLOT_AMOUNT_H
#define PTMEM_PLOT_AMOUNT_H

/* Room for any of them. */
#define AMOUNT_SIZE 48

struct unit {
	const char *name;
	double size; /* in MiB, or in seconds */
};

/* The unit in which an amount is at least 1, or the smallest there is. */
const struct unit *unit_of_memory(double memory);
const struct unit *unit_of_time(double seconds);

void amount_memory(double memory, char text[AMOUNT_SIZE]);
void amount_time(double seconds, char text[AMOUNT_SIZE]);

/* With its sign, `+1.5 MiB/s`: by the second, or by the hour where that would be too little. */
void amount_slope(double memory_per_second, char text[AMOUNT_SIZE]);

#endif
