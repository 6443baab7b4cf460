/*
 * Names with their scope, for functions that have no linkage name: `app::(anonymous
 * namespace)::grow`. An entry does not say what it is in, so its unit is walked from the start.
 */
#include "symbol/debug_internal.h"

#include "base/strbuf.h"

#include <stdlib.h>

#define MAX_DEPTH 64

/* Languages in which nothing is in anything. */
static bool is_flat(uint64_t language)
{
	switch (language) {
	case DW_LANG_C89:
	case DW_LANG_C:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case DW_LANG_Mips_Assembler:
		return true;
	default:
		return false;
	}
}

static bool is_scope(uint16_t tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_class_type ||
	       tag == DW_TAG_structure_type || tag == DW_TAG_union_type || tag == DW_TAG_module;
}

/* The entries around one, the outermost first; how many. */
static unsigned find_scopes(const struct die *wanted, struct die *scopes)
{
	struct die root = die_root(wanted->unit), die;
	if (!root.unit)
		return 0;
	struct die_walk walk = die_walk_below(&root);
	bool into = true;
	while (die_walk_next(&walk, &die, into) && die.offset <= wanted->offset) {
		if (die.offset == wanted->offset)
			return walk.depth - 1;
		into = is_scope(die.abbrev->tag) && walk.depth < MAX_DEPTH;
		if (into)
			scopes[walk.depth - 1] = die;
	}
	return 0;
}

static char *join_name(const struct die *die, const char *name)
{
	struct die scopes[MAX_DEPTH];
	unsigned count = find_scopes(die, scopes);
	struct strbuf text = {0};
	for (unsigned i = 0; i < count; i++) {
		const char *scope = die_string(&scopes[i], DW_AT_name);
		bool space = scopes[i].abbrev->tag == DW_TAG_namespace;
		const char *unnamed = space ? "(anonymous namespace)" : "{unnamed type}";
		strbuf_add(&text, scope ? scope : unnamed);
		strbuf_add(&text, "::");
	}
	strbuf_add(&text, name);
	return strbuf_take(&text);
}

const char *debug_scoped_name(const struct die *die, const char *name)
{
	struct debug_info *info = die->unit->file->info;
	uint64_t key = (uintptr_t)die->values;
	uint32_t known = map_get(&info->scoped, key);
	if (known != MAP_NONE)
		return info->scoped_names.items[known];
	if (!debug_unit_read_root(die->unit) || is_flat(die->unit->language))
		return name;
	char *scoped = join_name(die, name);
	char **place = scoped ? vec_append(&info->scoped_names) : NULL;
	if (!place) {
		free(scoped);
		return name;
	}
	*place = scoped;
	/* Without room in the map it is made once more when it is next asked for. */
	map_set(&info->scoped, key, (uint32_t)(info->scoped_names.count - 1));
	return scoped;
}
