/* Which units can have functions of the files that the user asked for. */
#include "symbol/debug_lines.h"

#include <stdlib.h>
#include <string.h>

/* Patterns without the marks of the user's list: that a unit names a file is no match yet. */
static bool copy_patterns(const struct pattern_list *from, struct pattern_list *copy)
{
	*copy = (struct pattern_list){.items = calloc(from->count, sizeof *copy->items)};
	if (!copy->items)
		return false;
	copy->count = from->count;
	memcpy(copy->items, from->items, from->count * sizeof *copy->items);
	return true;
}

/* Without memory, or a list of files, everything may be. */
static bool any_file_matches(struct debug_unit *unit, const struct pattern_list *patterns)
{
	struct pattern_list copy;
	size_t count = debug_unit_files(unit)->files.count;
	if (!count || !patterns->count || !copy_patterns(patterns, &copy))
		return true;
	bool matches = false;
	for (size_t i = 0; i < count && !matches; i++) {
		char *path = line_file_path(unit, i);
		matches = path && pattern_list_matches_path(&copy, path);
		free(path);
	}
	free(copy.items);
	return matches;
}

bool debug_unit_may_match(struct debug_unit *unit, const struct pattern_list *patterns)
{
	struct debug_info *info = unit->file->info;
	if (info->patterns != patterns) {
		for (size_t i = 0; i < info->main->units.count; i++)
			info->main->units.items[i].match = DEBUG_NOT_MATCHED;
		info->patterns = patterns;
	}
	if (unit->match == DEBUG_NOT_MATCHED)
		unit->match = any_file_matches(unit, patterns) ? DEBUG_MATCHES : DEBUG_DIFFERS;
	return unit->match == DEBUG_MATCHES;
}
