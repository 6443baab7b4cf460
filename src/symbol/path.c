/* Paths as text. */
#include "symbol/path.h"

#include "base/strbuf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Where the last part of what is folded so far begins; `floor` is where parts begin. */
static size_t last_part(const char *folded, size_t floor, size_t length)
{
	while (length > floor && folded[length - 1] != '/')
		length--;
	return length;
}

static bool is_parent(const char *part, size_t length)
{
	return length == 2 && memcmp(part, "..", 2) == 0;
}

/* Appends one part, or takes the last one away again. Returns the new length. */
static size_t fold_part(
	char *folded, size_t floor, size_t length, const char *part, size_t part_length)
{
	if (!part_length || (part_length == 1 && *part == '.'))
		return length;
	size_t last = last_part(folded, floor, length);
	bool absolute = floor == 1;
	if (is_parent(part, part_length) && length > floor &&
		!is_parent(folded + last, length - last))
		return last > floor ? last - 1 : floor;
	if (is_parent(part, part_length) && absolute && length == floor)
		return length;
	if (length > floor)
		folded[length++] = '/';
	memcpy(folded + length, part, part_length);
	return length + part_length;
}

char *path_fold(const char *path)
{
	char *folded = malloc(strlen(path) + 2);
	if (!folded)
		return NULL;
	size_t floor = *path == '/';
	size_t length = floor;
	if (floor)
		*folded = '/';
	for (const char *part = path; *part;) {
		size_t part_length = strcspn(part, "/");
		length = fold_part(folded, floor, length, part, part_length);
		part += part_length;
		part += *part == '/';
	}
	if (!length)
		folded[length++] = '.';
	folded[length] = '\0';
	return folded;
}

char *path_join(const char *directory, const char *path)
{
	struct strbuf joined = {0};
	if (*path != '/') {
		strbuf_add(&joined, directory);
		strbuf_add(&joined, "/");
	}
	strbuf_add(&joined, path);
	return strbuf_take(&joined);
}

const char *path_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}
