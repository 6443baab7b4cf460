/* Errors as the library's callers see them, and its version. */
#include "base/error.h"

#include "library/version.h"
#include "ptmem/error.h"
#include "ptmem/ptmem.h"

enum ptmem_error_code ptmem_error_code(const struct ptmem_error *error)
{
	static const enum ptmem_error_code codes[] = {
		[ERROR_SYSTEM] = PTMEM_ERROR_SYSTEM,
		[ERROR_NO_MEMORY] = PTMEM_ERROR_NO_MEMORY,
		[ERROR_USAGE] = PTMEM_ERROR_USAGE,
		[ERROR_NO_MATCH] = PTMEM_ERROR_NO_MATCH,
		[ERROR_FORMAT] = PTMEM_ERROR_FORMAT,
		[ERROR_NOT_FOUND] = PTMEM_ERROR_NOT_FOUND,
		[ERROR_NOT_EXECUTABLE] = PTMEM_ERROR_NOT_EXECUTABLE,
		[ERROR_GONE] = PTMEM_ERROR_GONE,
	};

	return error ? codes[error->code] : PTMEM_ERROR_NONE;
}

int ptmem_error_errno(const struct ptmem_error *error)
{
	return error ? error->errnum : 0;
}

const char *ptmem_error_message(const struct ptmem_error *error)
{
	return error ? error->message : "";
}

void ptmem_error_free(struct ptmem_error *error)
{
	error_free(error);
}

const char *ptmem_version(void)
{
	return PTMEM_LIBRARY_VERSION;
}
