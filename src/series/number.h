/* Numbers of the files of memory over time, read without a copy and some ten times as fast as by
 * strtod(), since such a file may have millions. */
#ifndef PTMEM_SERIES_NUMBER_H
#define PTMEM_SERIES_NUMBER_H

#include <stdbool.h>

/*
 * The number that *text begins with and that a blank or `end` follows: `12.503906`, `1e-3`. It is
 * the double that strtod() has for it. False where there is none, or one that is negative,
 * infinite, none at all, or more than `most`; else *text is behind it. There must be a byte that
 * belongs to no number at `end`.
 */
bool number_read(const char **text, const char *end, double most, double *number);

/* The same of a whole number, in digits alone. */
bool number_read_whole(const char **text, const char *end, unsigned most, unsigned *number);

#endif
