/**
 * @file
 * Errors as values.
 *
 * A function that may fail returns `struct ptmem_error *`: NULL is success, anything else says what
 * failed, and is the caller's, to be freed by ptmem_error_free(). What such a function gives back
 * is written on success only.
 *
 *     struct ptmem_error *error = ptmem_memory_usage(&options, &usage);
 *
 *     if (error) {
 *         fprintf(stderr, "%s\n", ptmem_error_message(error));
 *         ptmem_error_free(error);
 *     }
 */
#ifndef PTMEM_ERROR_H
#define PTMEM_ERROR_H

#include "export.h"

PTMEM_BEGIN

/** Something failed. */
struct ptmem_error;

/** What kind of thing failed. More may be added. */
enum ptmem_error_code {
	PTMEM_ERROR_NONE = 0,           /**< nothing did: the code of NULL */
	PTMEM_ERROR_SYSTEM = 1,         /**< a system call; ptmem_error_errno() says how */
	PTMEM_ERROR_NO_MEMORY = 2,      /**< an allocation */
	PTMEM_ERROR_USAGE = 3,          /**< an argument makes no sense */
	PTMEM_ERROR_NO_MATCH = 4,       /**< a pattern selects nothing */
	PTMEM_ERROR_FORMAT = 5,         /**< a file holds what it must not */
	PTMEM_ERROR_NOT_FOUND = 6,      /**< the program is not there */
	PTMEM_ERROR_NOT_EXECUTABLE = 7, /**< the program is there and cannot be run */
	PTMEM_ERROR_GONE = 8            /**< the process has ended, or is about to */
};

/** Of NULL it is PTMEM_ERROR_NONE. */
PTMEM_API enum ptmem_error_code ptmem_error_code(const struct ptmem_error *error);

/** The errno of the system call that failed; 0 where it was none, or of NULL. */
PTMEM_API int ptmem_error_errno(const struct ptmem_error *error);

/** One line, `what failed: why`, without a line break. The error's; of NULL it is "". */
PTMEM_API const char *ptmem_error_message(const struct ptmem_error *error);

/** NULL is fine. */
PTMEM_API void ptmem_error_free(struct ptmem_error *error);

PTMEM_END

#endif
