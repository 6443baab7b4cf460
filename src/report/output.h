/* Text to a stream, whole or with an error; and amounts as they print. */
#ifndef PTMEM_REPORT_OUTPUT_H
#define PTMEM_REPORT_OUTPUT_H

#include "base/error.h"
#include "base/strbuf.h"
#include "report/report.h"

#include <stdint.h>
#include <stdio.h>

#define BYTES_PER_MB 1048576.0

/*
 * Writes what the buffer holds, flushes, and empties the buffer, whatever happened. An
 * error has the errno of the write that failed (EPIPE where nobody reads), or is
 * ERROR_NO_MEMORY where the buffer could not hold the text.
 */
struct ptmem_error *output_text(FILE *out, struct strbuf *text);

/* The same once there is enough in the buffer to be worth it; for what may be long. */
struct ptmem_error *output_block(FILE *out, struct strbuf *text);

/* Bytes in MB for so many decimals: what would round to nothing is 0, never -0. */
double output_mb_to(int64_t bytes, int decimals);

/* The same for two decimals. */
double output_mb(int64_t bytes);

/* The line that ends a table or a tree. */
void output_add_peak(
	struct strbuf *text, const struct profile *profile, const struct report_options *options);

/* How far bytes are from 0. */
static inline uint64_t bytes_magnitude(int64_t bytes)
{
	return bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;
}

#endif
