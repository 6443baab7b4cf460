/* Which source line a spot stands for. */
#include "profile/line_places.h"

static const struct site *site_of(const struct places *places, const struct line_spot *spot)
{
	return spot->site == SITE_NONE ? NULL : &places->sites.list.items[spot->site];
}

size_t line_place_levels(const struct places *places, const struct line_spot *spot)
{
	const struct site *site = site_of(places, spot);

	return 1 + (site ? site->inlined.count : 0);
}

uint32_t line_place_function(
	const struct places *places, const struct line_spot *spot, size_t level)
{
	return level ? site_of(places, spot)->inlined.items[level - 1].location : spot->function;
}

struct line_place line_place_at(
	const struct places *places, const struct line_spot *spot, size_t level)
{
	const struct site *site = site_of(places, spot);
	struct line_place place = {.file = FILE_NONE, .level = level};

	if (site && level < site->inlined.count) {
		place.file = site->inlined.items[level].file;
		place.line = site->inlined.items[level].line;
	} else if (site) {
		place.file = site->file;
		place.line = site->line;
	}
	return place;
}

bool line_place_find(const struct places *places, const struct line_spot *spot, const bool *members,
	struct line_place *place)
{
	for (size_t level = line_place_levels(places, spot); level-- > 0;)
		if (members[line_place_function(places, spot, level)]) {
			*place = line_place_at(places, spot, level);
			return true;
		}
	return false;
}

bool line_place_same_call(const struct places *places, const struct line_spot *one,
	const struct line_place *at, const struct line_spot *other, const struct line_place *there)
{
	const struct site *left = site_of(places, one), *right = site_of(places, other);

	if (at->level != there->level)
		return false;
	for (size_t i = 0; i < at->level; i++) {
		const struct inlined *a = &left->inlined.items[i], *b = &right->inlined.items[i];

		if (a->location != b->location || a->file != b->file || a->line != b->line)
			return false;
	}
	return true;
}
