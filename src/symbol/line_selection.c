/* What the user wants to see line by line. */
#include "symbol/line_selection.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define LINE_MAX_NUMBER 100000000

/* `:10-40` or `:25` at the end; NULL where there is none. C++ names have two colons. */
static const char *find_range(const char *value)
{
	const char *colon = strrchr(value, ':');
	size_t digits;

	if (!colon || colon == value || colon[-1] == ':')
		return NULL;
	digits = strspn(colon + 1, DIGITS "-");
	return digits && !colon[1 + digits] ? colon : NULL;
}

static bool read_line(const char **text, int *line)
{
	size_t digits = strspn(*text, DIGITS);
	long number = digits && digits < 10 ? strtol(*text, NULL, 10) : 0;

	*text += digits;
	*line = (int)number;
	return number > 0 && number <= LINE_MAX_NUMBER;
}

static struct ptmem_error *add_range(
	struct line_selection *selection, const char *value, const char *colon)
{
	struct line_range range = {0}, *new;
	const char *text = colon + 1;
	bool good = read_line(&text, &range.from);
	char *file = strndup(value, (size_t)(colon - value));
	struct ptmem_error *error = file ? NULL : &error_no_memory;

	range.to = range.from;
	if (good && *text == '-') {
		text++;
		good = read_line(&text, &range.to);
	}
	if (!error && (!good || *text || range.to < range.from))
		error = error_new(
			ERROR_USAGE, "'%s' is no range of lines: give e.g. %s:10-40", value, file);
	if (!error)
		error = pattern_list_add(&range.file, file);
	free(file);
	new = error ? NULL : vec_append(&selection->ranges);
	if (new)
		*new = range;
	else
		pattern_list_deinit(&range.file);
	return error || new ? error : &error_no_memory;
}

struct ptmem_error *line_selection_add(struct line_selection *selection, const char *value)
{
	const char *colon = value ? find_range(value) : NULL;

	selection->wanted = true;
	if (!value)
		return NULL;
	if (colon)
		return add_range(selection, value, colon);
	return pattern_list_add(&selection->funcs, value);
}

void line_selection_deinit(struct line_selection *selection)
{
	pattern_list_deinit(&selection->funcs);
	for (size_t i = 0; i < selection->ranges.count; i++)
		pattern_list_deinit(&selection->ranges.items[i].file);
	vec_deinit(&selection->ranges);
}

bool line_selection_names(const struct line_selection *selection)
{
	return selection->funcs.count || selection->ranges.count;
}

bool line_selection_matches(struct line_selection *selection, const char *name, bool inlined)
{
	return inlined ? pattern_list_matches_inlined(&selection->funcs, name)
		       : pattern_list_matches_name(&selection->funcs, name);
}
