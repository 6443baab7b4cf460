/*
 * Samples of a process and its children, taken where the caller of the library waits, or in a
 * thread beside it: nothing is stopped, nobody is sent a signal. The processes are those of
 * timeline/family.h, as `ptmem run --attach` reads them.
 */
#ifndef PTMEM_LIBRARY_SAMPLER_H
#define PTMEM_LIBRARY_SAMPLER_H

#include "base/vec.h"
#include "ptmem/usage.h"
#include "timeline/family.h"

#include <stdbool.h>
#include <stdint.h>

struct sampler {
	const struct ptmem_usage_options *options;
	struct family family;
	bool started;   /* by the library: its peak is its own */
	bool last;      /* there is one more when the end comes */
	uint64_t start; /* ns: of the first sample */
	uint64_t look;  /* ns: when children are looked for again */
	bool stopped;   /* the caller wants no more */
	bool ended;     /* the end has come */
	int64_t peak;
	struct VEC(struct ptmem_usage_sample) samples;
};

/* Begins with the process `pid`, and its first sample. sampler_deinit() is due either way. */
struct ptmem_error *sampler_begin(
	struct sampler *sampler, const struct ptmem_usage_options *options, pid_t pid);
void sampler_deinit(struct sampler *sampler);

/* The first sample. */
struct ptmem_error *sampler_take_first(struct sampler *sampler);

/* Goes on until there is something to read at this descriptor (-1: until nothing can be read of the
 * process), the time is up, or the caller of the library wants no more. */
struct ptmem_error *sampler_go_on(struct sampler *sampler, int end);

#endif
