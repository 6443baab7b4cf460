/* All that was measured of a process: making, freeing. */
#include "profile/profile.h"

#include "profile/journal.h"

static bool profile_begin(struct profile *profile, enum metric metric, struct places *places)
{
	*profile = (struct profile){.metric = metric,
		.columns = metric_columns(metric),
		.places = places,
		.outside = BRACKET_NONE};
	return places && callpath_init(&profile->paths, profile->columns);
}

bool profile_init(struct profile *profile, enum metric metric)
{
	return profile_begin(profile, metric, places_create());
}

bool profile_init_beside(struct profile *profile, const struct profile *other)
{
	return profile_begin(profile, other->metric, places_share(other->places)) &&
	       (!other->lines || profile_keep_lines(profile));
}

void profile_deinit(struct profile *profile)
{
	places_release(profile->places);
	callpath_deinit(&profile->paths);
	lines_destroy(profile->lines);
	marks_deinit(&profile->marks);
}

void profile_pass(struct profile *profile, const char *name)
{
	size_t known = profile->marks.count;
	uint32_t mark = marks_find(&profile->marks, name);

	if (mark == MARK_NONE)
		return;
	marks_pass(&profile->marks, mark, profile->balance.end.bytes[0]);
	if (profile->journal)
		journal_mark(profile->journal, mark, profile->marks.count > known ? name : NULL);
}

bool profile_keep_lines(struct profile *profile)
{
	profile->lines = lines_create();
	return profile->lines;
}
