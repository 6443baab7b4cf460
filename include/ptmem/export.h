/**
 * @file
 * What the other headers of libptmem need: C linkage in C++, and what a shared library shows.
 */
#ifndef PTMEM_EXPORT_H
#define PTMEM_EXPORT_H

#ifdef __cplusplus
/** Before declarations: they are C's. */
#define PTMEM_BEGIN extern "C" {
/** After them. */
#define PTMEM_END }
#else
/** Before declarations: they are C's. */
#define PTMEM_BEGIN
/** After them. */
#define PTMEM_END
#endif

/** A function of the library that programs may call. */
#define PTMEM_API __attribute__((visibility("default")))

/** The result of such a function must be looked at: an error that nobody frees is lost memory. */
#define PTMEM_CHECKED __attribute__((warn_unused_result))

#endif
