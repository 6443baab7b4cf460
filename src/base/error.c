/* Errors as values: making, asking, freeing. */
#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ptmem_error error_no_memory = {
	.code = ERROR_NO_MEMORY,
	.message = (char *)"out of memory",
};

struct ptmem_error error_gone = {
	.code = ERROR_GONE,
	.message = (char *)"the process is gone",
};

static struct ptmem_error *error_wrap(enum error_code code, int errnum, char *message)
{
	struct ptmem_error *error = message ? malloc(sizeof *error) : NULL;

	if (!error) {
		free(message);
		return &error_no_memory;
	}
	*error = (struct ptmem_error){.code = code, .errnum = errnum, .message = message};
	return error;
}

struct ptmem_error *error_new(enum error_code code, const char *format, ...)
{
	va_list args;
	char *message;

	va_start(args, format);
	if (vasprintf(&message, format, args) < 0)
		message = NULL;
	va_end(args);
	return error_wrap(code, 0, message);
}

struct ptmem_error *error_errno(int errnum, const char *format, ...)
{
	va_list args;
	char *what, *message = NULL;

	va_start(args, format);
	if (vasprintf(&what, format, args) < 0)
		what = NULL;
	va_end(args);
	if (what && asprintf(&message, "%s: %s", what, strerror(errnum)) < 0)
		message = NULL;
	free(what);
	return error_wrap(ERROR_SYSTEM, errnum, message);
}

struct ptmem_error *error_proc(int errnum, const char *path)
{
	return errnum == ENOENT || errnum == ESRCH ? &error_gone
						   : error_errno(errnum, "reading %s", path);
}

struct ptmem_error *error_at(int errnum, uint64_t address, const char *what)
{
	struct ptmem_error *error = error_errno(errnum, "%s at 0x%" PRIx64, what, address);

	if (error != &error_no_memory)
		error->address = address;
	return error;
}

bool error_is(const struct ptmem_error *error, enum error_code code)
{
	return error && error->code == code;
}

void error_free(struct ptmem_error *error)
{
	if (!error || error == &error_no_memory || error == &error_gone)
		return;
	free(error->message);
	free(error);
}

void error_keep(struct ptmem_error *error, char **lines, size_t room)
{
	size_t free_place = 0;

	while (free_place + 1 < room && lines[free_place])
		free_place++;
	if (free_place + 1 < room)
		lines[free_place] = strdup(error->message);
	error_free(error);
}
