/**
 * @file
 * An assertion for unit tests, in C and C++: a block of code does not make memory grow.
 *
 *     PTMEM_ASSERT_GROWTH_BELOW(64 * 1024, {
 *         struct tree *tree = parse(text);
 *
 *         tree_free(tree);
 *     });
 *
 * What grows is what the calling thread's own page faults brought and what is still there when the
 * block ends: other threads do not disturb it, and memory that was given back in the block does
 * not count. Memory that was there before and is given back is not subtracted. Pages of files that
 * are mapped privately and not written to (code, constants) are not counted, shared memory is. A
 * huge page counts in full.
 *
 * That takes perf_event_open(2) with kernel.perf_event_paranoid at 2 or less. Where it is not
 * allowed, or where it does not see a fault (of an ordinary user: those in system calls), the
 * thread's faults are counted by getrusage(2), each as a page, given back or not, or as a huge one
 * if as many came. That is never too little, so an assertion may then fail that would hold, but
 * does not hold where it should fail.
 *
 * Memory comes in pages, so a limit of less than some pages is not worth while; malloc(3) takes
 * some more than asked. Memory that malloc(3) has already is no growth.
 *
 * Link with libptmem.
 */
#ifndef PTMEM_ASSERT_H
#define PTMEM_ASSERT_H

#include "error.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

PTMEM_BEGIN

/** The growth of the calling thread, while it is measured. */
struct ptmem_growth;

/** Begins to measure. ptmem_growth_end() is due, in the same thread. */
PTMEM_API PTMEM_CHECKED struct ptmem_error *ptmem_growth_begin(struct ptmem_growth **growth);

/** Ends it and frees it, in any case; how many bytes have come since. */
PTMEM_API PTMEM_CHECKED struct ptmem_error *ptmem_growth_end(
	struct ptmem_growth *growth, int64_t *bytes);

PTMEM_END

#ifndef PTMEM_ASSERT_FAIL
/**
 * What is done where an assertion fails, with a line that says which and why. Define it before
 * this header is included for another testing framework:
 *
 *     #define PTMEM_ASSERT_FAIL(message) cr_assert_fail("%s", message)
 */
#define PTMEM_ASSERT_FAIL(message) (fprintf(stderr, "%s\n", message), abort())
#endif

/**
 * Fails where the block adds so many bytes or more. The block may have commas in it, and a break
 * ends it; no return, goto, longjmp or exception may leave it.
 */
#define PTMEM_ASSERT_GROWTH_BELOW(bytes, ...) \
	PTMEM_ASSERT_GROWTH_NAMED_(PTMEM_ASSERT_PASTE_(ptmem_growth_, __LINE__), bytes, __VA_ARGS__)

/** @cond internal */
#define PTMEM_ASSERT_JOIN_(left, right) left##right
#define PTMEM_ASSERT_PASTE_(left, right) PTMEM_ASSERT_JOIN_(left, right)

/* clang-format off */
#define PTMEM_ASSERT_GROWTH_NAMED_(name, bytes, ...)                                             \
	do {                                                                                     \
		struct ptmem_growth *name = NULL;                                                \
		struct ptmem_error *PTMEM_ASSERT_PASTE_(name, _error) = ptmem_growth_begin(&name);\
		char PTMEM_ASSERT_PASTE_(name, _text)[512];                                      \
		if (!PTMEM_ASSERT_PASTE_(name, _error))                                          \
			do {                                                                     \
				__VA_ARGS__                                                      \
			} while (0);                                                             \
		if (!ptmem_growth_check_(name, PTMEM_ASSERT_PASTE_(name, _error), (int64_t)(bytes),\
			    __FILE__, __LINE__, PTMEM_ASSERT_PASTE_(name, _text),                \
			    sizeof PTMEM_ASSERT_PASTE_(name, _text)))                            \
			PTMEM_ASSERT_FAIL(PTMEM_ASSERT_PASTE_(name, _text));                     \
	} while (0)
/* clang-format on */

/* Whether it holds; else what to say. Frees what was begun. */
static inline int ptmem_growth_check_(struct ptmem_growth *growth, struct ptmem_error *error,
	int64_t limit, const char *file, int line, char *text, size_t size)
{
	int64_t bytes = 0;

	if (!error)
		error = ptmem_growth_end(growth, &bytes);
	if (error)
		snprintf(text, size, "%s:%d: growth cannot be measured: %s", file, line,
			ptmem_error_message(error));
	else if (bytes >= limit)
		snprintf(text, size, "%s:%d: memory grew by %lld bytes, not below %lld", file, line,
			(long long)bytes, (long long)limit);
	else
		return 1;
	ptmem_error_free(error);
	return 0;
}
/** @endcond */

#endif
