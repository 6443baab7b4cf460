/*
 * Errors as values.
 *
 * A fallible function returns `struct ptmem_error *`: NULL is success, anything else says
 * what failed and is owned by the caller, who passes it up or frees it with error_free().
 * Outputs come last in an argument list and are untouched on failure. Only the command line
 * prints an error, and only main() turns one into an exit status.
 *
 * The message reads `what failed: why`, in one line, and ends with what to do about it
 * where there is something.
 */
#ifndef PTMEM_BASE_ERROR_H
#define PTMEM_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum error_code {
	ERROR_SYSTEM,         /* a system call failed; errnum says how */
	ERROR_NO_MEMORY,      /* an allocation failed */
	ERROR_USAGE,          /* the command line is wrong */
	ERROR_NO_MATCH,       /* a pattern selects nothing */
	ERROR_FORMAT,         /* a file or the target's memory holds what it must not */
	ERROR_NOT_FOUND,      /* the program is not there */
	ERROR_NOT_EXECUTABLE, /* the program is there and cannot be run */
	ERROR_GONE,           /* the tracee is dying or dead: its end will be reported */
};

struct ptmem_error {
	enum error_code code;
	int errnum;       /* errno, or 0 */
	uint64_t address; /* in the target, or 0 */
	char *message;
};

/* Singletons for what is expected or leaves no memory to say more; error_free() knows them. */
extern struct ptmem_error error_no_memory;
extern struct ptmem_error error_gone;

/* A new error with a formatted message. Never NULL: without memory it is error_no_memory. */
struct ptmem_error *error_new(enum error_code code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ERROR_SYSTEM with `: strerror(errnum)` appended to the message. */
struct ptmem_error *error_errno(int errnum, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * That a file of a process, in /proc, could not be opened or read: error_gone where the process
 * is no more. The kernel says either ENOENT or ESRCH then, as its version and the moment have it.
 */
struct ptmem_error *error_proc(int errnum, const char *path);

/* ERROR_SYSTEM about an address in the target. */
struct ptmem_error *error_at(int errnum, uint64_t address, const char *what);

bool error_is(const struct ptmem_error *error, enum error_code code);

/* NULL-safe. */
void error_free(struct ptmem_error *error);

/*
 * Keeps its message, to be told later, in the first free place of `lines`, of which the last of
 * `room` stays NULL; where there is none, it is dropped. The error is freed.
 */
void error_keep(struct ptmem_error *error, char **lines, size_t room);

#endif
