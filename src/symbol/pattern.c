/* Patterns on names and paths: splitting an option's value, matching. */
#include "symbol/pattern.h"

#include "base/vec.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const char inlined_mark[] = " [inlined]";

/*
 * The length of the first pattern of a value: to a comma outside brackets, or the end.
 * A bracket that is never closed (`operator<`) holds nothing together: its commas separate.
 */
static size_t first_length(const char *value)
{
	size_t depth = 0, first_comma = strcspn(value, ",");
	size_t i;
	for (i = 0; value[i]; i++) {
		if (value[i] == ',' && !depth)
			return i;
		if (strchr("(<[{", value[i]))
			depth++;
		else if (strchr(")>]}", value[i]) && depth)
			depth--;
	}
	return depth ? first_comma : i;
}

static struct ptmem_error *add_one(struct pattern_list *list, const char *text, size_t length)
{
	char *copy = strndup(text, length);
	struct pattern *new = copy ? vec_append(list) : NULL;
	if (!new) {
		free(copy);
		return &error_no_memory;
	}
	*new = (struct pattern){.text = copy};
	return NULL;
}

struct ptmem_error *pattern_list_add(struct pattern_list *list, const char *value)
{
	for (const char *at = value;;) {
		size_t length = first_length(at);
		if (!length)
			return error_new(ERROR_USAGE, "empty pattern in '%s'", value);
		struct ptmem_error *error = add_one(list, at, length);
		if (error || !at[length])
			return error;
		at += length + 1;
	}
}

void pattern_list_deinit(struct pattern_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].text);
	vec_deinit(list);
}

static bool glob(const char *pattern, const char *text)
{
	return fnmatch(pattern, text, 0) == 0;
}

static bool asks_for_whole_name(const char *pattern)
{
	return strchr(pattern, '(') || strstr(pattern, "::");
}

/* `part` is the name's last part, NULL when out of memory: only the whole is matched then. */
static bool matches_name(const char *pattern, const char *name, const char *part)
{
	if (glob(pattern, name))
		return true;
	return part && !asks_for_whole_name(pattern) && glob(pattern, part);
}

bool pattern_list_matches_name(struct pattern_list *list, const char *name)
{
	size_t length;
	const char *start = name_last_part(name, &length);
	char *part = list->count ? strndup(start, length) : NULL;
	bool any = false;
	for (size_t i = 0; i < list->count; i++) {
		if (!matches_name(list->items[i].text, name, part))
			continue;
		list->items[i].used = true;
		any = true;
	}
	free(part);
	return any;
}

bool pattern_list_matches_inlined(struct pattern_list *list, const char *name)
{
	bool any = pattern_list_matches_name(list, name);
	for (size_t i = 0; i < list->count; i++) {
		struct pattern *pattern = &list->items[i];
		size_t length = strlen(pattern->text), mark = strlen(inlined_mark);
		if (length <= mark || strcmp(pattern->text + length - mark, inlined_mark) != 0)
			continue;
		pattern->text[length - mark] = '\0';
		struct pattern_list one = {.items = pattern, .count = 1, .capacity = 1};
		any = pattern_list_matches_name(&one, name) || any;
		pattern->text[length - mark] = inlined_mark[0];
	}
	return any;
}

bool pattern_list_matches_path(struct pattern_list *list, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash ? slash + 1 : path;
	bool any = false;
	for (size_t i = 0; i < list->count; i++) {
		if (!glob(list->items[i].text, path) && !glob(list->items[i].text, file))
			continue;
		list->items[i].used = true;
		any = true;
	}
	return any;
}

const struct pattern *pattern_list_unused(const struct pattern_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!list->items[i].used)
			return &list->items[i];
	}
	return NULL;
}
