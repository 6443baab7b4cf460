/**
 * @file
 * libptmem: the memory of native programs, from outside. All of it but assertions (assert.h) and
 * marks in programs that are watched (marker.h), which stand by themselves.
 */
#ifndef PTMEM_PTMEM_H
#define PTMEM_PTMEM_H

#include "error.h"
#include "metric.h"
#include "profiler.h"
#include "recording.h"
#include "usage.h"

PTMEM_BEGIN

/** The version of the library that is at work, such as "0.1.0". */
PTMEM_API const char *ptmem_version(void);

PTMEM_END

#endif
