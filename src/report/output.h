/* Text to a stream, whole or with an error. */
#ifndef PTMEM_REPORT_OUTPUT_H
#define PTMEM_REPORT_OUTPUT_H

#include "base/error.h"
#include "base/strbuf.h"

#include <stdio.h>

#define BYTES_PER_MB 1048576.0

/*
 * Writes what the buffer holds, flushes, and empties the buffer, whatever happened. An
 * error has the errno of the write that failed (EPIPE where nobody reads), or is
 * ERROR_NO_MEMORY where the buffer could not hold the text.
 */
struct ptmem_error *output_text(FILE *out, struct strbuf *text);

/* Bytes in MB for two decimals: what would round to nothing is 0, never -0. */
double output_mb(int64_t bytes);

#endif
