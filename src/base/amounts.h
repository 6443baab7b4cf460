/*
 * Amounts of memory, in bytes, signed: one column for a single metric, five for `all`.
 * How many columns are in use is a property of the whole run (struct profile), so that the
 * usual run pays for one.
 */
#ifndef PTMEM_BASE_AMOUNTS_H
#define PTMEM_BASE_AMOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#define AMOUNT_COLUMNS 5

struct amounts {
	int64_t bytes[AMOUNT_COLUMNS];
};

/* A sum of what many recordings say: where it leaves the range it stays at its end. */
static inline void bytes_add(int64_t *sum, int64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = more < 0 ? INT64_MIN : INT64_MAX;
}

static inline void amounts_add(struct amounts *sum, const struct amounts *more, unsigned columns)
{
	for (unsigned i = 0; i < columns; i++)
		sum->bytes[i] += more->bytes[i];
}

static inline void amounts_subtract(
	struct amounts *from, const struct amounts *less, unsigned columns)
{
	for (unsigned i = 0; i < columns; i++)
		from->bytes[i] -= less->bytes[i];
}

static inline bool amounts_are_zero(const struct amounts *amounts, unsigned columns)
{
	for (unsigned i = 0; i < columns; i++)
		if (amounts->bytes[i])
			return false;
	return true;
}

#endif
