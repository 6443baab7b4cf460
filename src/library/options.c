/* Structs that begin with their size. */
#include "library/options.h"

#include <stdbool.h>
#include <string.h>

static size_t size_of(const void *given)
{
	size_t size;

	memcpy(&size, given, sizeof size);
	return size;
}

static bool is_zero(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

struct ptmem_error *options_take(const void *given, void *taken, size_t known)
{
	size_t size = given ? size_of(given) : 0;

	if (size <= sizeof size)
		return error_new(
			ERROR_USAGE, "options: their size is not set: use the initializer");
	if (size > known && !is_zero((const char *)given + known, size - known))
		return error_new(ERROR_USAGE,
			"options: they ask for what this version of libptmem does not have");
	memset(taken, 0, known);
	memcpy(taken, given, size < known ? size : known);
	return NULL;
}

void options_give(void *out, const void *ours, size_t known)
{
	size_t size = size_of(out), given = size < known ? size : known;

	if (given > sizeof size)
		memcpy((char *)out + sizeof size, (const char *)ours + sizeof size,
			given - sizeof size);
}
