/* The lines of one listing with what each comes to. */
#include "report/line_rows.h"

#include "base/amounts.h"
#include "base/map.h"
#include "profile/line_places.h"

#include <stdlib.h>
#include <string.h>

struct collecting {
	const struct profile *profile;
	const struct listing *listing;
	const struct span *span;
	bool *members;    /* by location */
	uint64_t *passed; /* by spot: how often it was come to from other lines */
	struct map row_of;
	struct line_rows *rows;
};

void line_rows_deinit(struct line_rows *rows)
{
	vec_deinit(&rows->list);
}

/* A step that ends, or begins, in the function that is listed; false where it does not. */
static bool find_place(const struct collecting *collecting, uint32_t spot, struct line_place *place)
{
	const struct profile *profile = collecting->profile;

	return spot != SPOT_NONE &&
	       line_place_find(profile->places, &profile->lines->spots.items[spot],
		       collecting->members, place);
}

/* The file and line that a place is shown at: where none is known, the function's own. */
static const char *shown_file(const struct collecting *collecting, const struct line_place *place)
{
	const char *file = places_file_path(collecting->profile->places, place->file);

	return file && place->line > 0 ? file : collecting->span->file;
}

static int shown_line(const struct collecting *collecting, const struct line_place *place)
{
	bool known = places_file_path(collecting->profile->places, place->file) && place->line > 0;

	return known ? place->line : collecting->span->first;
}

static bool is_same_line(const struct collecting *collecting, const struct line_place *one,
	const struct line_place *other)
{
	return shown_line(collecting, one) == shown_line(collecting, other) &&
	       !strcmp(shown_file(collecting, one), shown_file(collecting, other));
}

/*
 * A jump back to code of the same line begins it anew, where each such jump was seen, and so does
 * another call from the same place; but not code that was inlined there, which may have loops of
 * its own.
 */
static bool goes_back(const struct collecting *collecting, const struct line_step *step,
	const struct line_place *place)
{
	const struct lines *lines = collecting->profile->lines;
	const struct sites *sites = &collecting->profile->places->sites;
	uint32_t from = lines->spots.items[step->from].site;
	uint32_t to = lines->spots.items[step->to].site;

	if (place->level + 1 <
		line_place_levels(collecting->profile->places, &lines->spots.items[step->to]))
		return false;
	if (!lines->statements)
		return step->from == step->to;
	return from != SITE_NONE && to != SITE_NONE &&
	       sites->list.items[from].module == sites->list.items[to].module &&
	       sites->list.items[to].offset <= sites->list.items[from].offset;
}

static bool begins_line(const struct collecting *collecting, const struct line_step *step,
	const struct line_place *place)
{
	const struct line_spot *spots = collecting->profile->lines->spots.items;
	struct line_place before;

	if (!find_place(collecting, step->from, &before))
		return true;
	return !is_same_line(collecting, &before, place) || goes_back(collecting, step, place) ||
	       !line_place_same_call(collecting->profile->places, &spots[step->from], &before,
		       &spots[step->to], place);
}

/* NULL when out of memory. */
static struct line_row *find_row(struct collecting *collecting, const struct line_place *place)
{
	const char *file = shown_file(collecting, place);
	int line = shown_line(collecting, place);
	bool own = !strcmp(file, collecting->span->file);
	uint64_t key = (uint64_t)(own ? FILE_NONE : place->file) << 32 | (uint32_t)line;
	uint32_t found = map_get(&collecting->row_of, key);
	struct line_row *new;

	if (found != MAP_NONE)
		return &collecting->rows->list.items[found];
	new = vec_append(&collecting->rows->list);
	if (!new || !map_set(&collecting->row_of, key, (uint32_t)collecting->rows->list.count - 1))
		return NULL;
	*new = (struct line_row){.file = own ? collecting->span->file : file, .line = line};
	return new;
}

/*
 * Where beginnings of statements were seen they are what counts. The code of a line that has none
 * of its own is passed through as often as its busiest place.
 */
static void count_step(
	struct collecting *collecting, const struct line_step *step, struct line_row *row)
{
	uint64_t *passed = &collecting->passed[step->to];

	if (!collecting->profile->lines->statements) {
		row->count += step->count;
		return;
	}
	row->count += step->begun;
	*passed += step->count;
	if (*passed > row->passed)
		row->passed = *passed;
}

static bool add_step(struct collecting *collecting, const struct line_step *step)
{
	struct line_place place;
	struct line_row *row;

	if (!find_place(collecting, step->to, &place))
		return true;
	row = find_row(collecting, &place);
	if (!row)
		return false;
	bytes_add(&row->increment, step->increment);
	bytes_add(&collecting->rows->total, step->increment);
	if (step->moment >= row->moment) {
		row->moment = step->moment;
		row->held = step->held;
	}
	if (begins_line(collecting, step, &place))
		count_step(collecting, step, row);
	if (step->from == SPOT_NONE && !place.level)
		collecting->rows->calls += step->count;
	if (step->to < collecting->rows->first)
		collecting->rows->first = step->to;
	return true;
}

/* Only what was asked for. */
static void drop_others(struct collecting *collecting)
{
	const struct listing *listing = collecting->listing;
	struct line_rows *rows = collecting->rows;
	size_t kept = 0;

	for (size_t i = 0; i < rows->list.count; i++) {
		const struct line_row *row = &rows->list.items[i];

		if (!listing->to || (row->line >= listing->from && row->line <= listing->to &&
					    row->file == collecting->span->file))
			rows->list.items[kept++] = *row;
	}
	rows->list.count = kept;
}

static int compare_rows(const void *a, const void *b, void *file)
{
	const struct line_row *one = a, *other = b;
	int foreign = (one->file != file) - (other->file != file);
	int files = foreign ? foreign : strcmp(one->file, other->file);

	return files ? files : (one->line > other->line) - (one->line < other->line);
}

static bool collect(struct collecting *collecting)
{
	const struct lines *lines = collecting->profile->lines;
	struct line_rows *rows = collecting->rows;

	for (size_t i = 0; i < collecting->listing->members.count; i++)
		collecting->members[collecting->listing->members.items[i]] = true;
	for (size_t i = 0; i < lines->steps.count; i++)
		if (!add_step(collecting, &lines->steps.items[i]))
			return false;
	for (size_t i = 0; i < rows->list.count; i++)
		if (!rows->list.items[i].count)
			rows->list.items[i].count = rows->list.items[i].passed;
	drop_others(collecting);
	if (rows->list.count)
		qsort_r(rows->list.items, rows->list.count, sizeof *rows->list.items, compare_rows,
			collecting->span->file);
	return true;
}

bool line_rows_collect(
	const struct profile *profile, const struct listing *listing, struct line_rows *rows)
{
	const struct places *places = profile->places;
	struct collecting collecting = {.profile = profile,
		.listing = listing,
		.span = &places->listings.spans.items[listing->span],
		.rows = rows};
	bool done;

	*rows = (struct line_rows){.first = SPOT_NONE};
	collecting.members = calloc(places->locations.count + 1, sizeof *collecting.members);
	collecting.passed = calloc(profile->lines->spots.count + 1, sizeof *collecting.passed);
	done = collecting.members && collecting.passed && collect(&collecting);
	free(collecting.members);
	free(collecting.passed);
	map_deinit(&collecting.row_of);
	return done;
}
