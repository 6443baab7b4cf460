/*
 * A recording, as plots take it. It is played twice: to its peak, where the paths are chosen that
 * are told apart, and to its end, for what these and all had over time.
 */
#include "plot/recorded.h"

#include "profile/player.h"
#include "profile/recording.h"
#include "profile/replay.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_PER_MIB 1048576.0
#define MS_PER_SECOND 1000.0
#define PROCESSES_MOST 256 /* that have a history */
#define PASSINGS_MOST 1000 /* of marks that are kept */

struct watching {
	struct recorded *recorded;
	struct bands *bands; /* of an only process */
	struct VEC(struct history) histories;
	bool sampled; /* what came between two moments came at any time between them */
};

static bool watch_moved(void *owner, const struct player *player, uint32_t path, int64_t bytes)
{
	struct watching *watching = owner;
	size_t band = BANDS_MOST;

	if (player->number >= PROCESSES_MOST)
		return true;
	while (watching->histories.count <= player->number) {
		struct history *new = vec_append(&watching->histories);

		if (!new)
			return false;
		*new = (struct history){0};
	}
	if (watching->bands && !bands_find(watching->bands, &player->profile->paths, path, &band))
		return false;
	return history_move(&watching->histories.items[player->number], player->time, band, bytes);
}

static bool watch_passed(void *owner, const struct player *player, uint32_t mark)
{
	struct recorded *recorded = ((struct watching *)owner)->recorded;
	struct passing passing = {.time = player->time}, *new;

	if (player->number)
		return true;
	if (recorded->passings.count >= PASSINGS_MOST) {
		recorded->passings_left_out++;
		return true;
	}
	passing.name = strdup(player->profile->marks.items[mark].name);
	new = passing.name ? vec_append(&recorded->passings) : NULL;
	if (new)
		*new = passing;
	else
		free(passing.name);
	return new;
}

static bool copy_history(const struct history *history, struct series_curve *curve)
{
	size_t count = history->moments.count;

	curve->samples = calloc(count + 1, sizeof *curve->samples);
	if (!curve->samples)
		return false;
	curve->room = count + 1;
	curve->count = count;
	for (size_t i = 0; i < count; i++) {
		const struct moment *moment = &history->moments.items[i];

		curve->samples[i].time = (double)moment->time / MS_PER_SECOND;
		/* What a program gives back may have been counted before it was there. */
		curve->samples[i].memory =
			moment->total > 0 ? (double)moment->total / BYTES_PER_MIB : 0;
	}
	return true;
}

static bool add_curves(
	struct series *series, struct watching *watching, const struct profiles *profiles)
{
	size_t count = watching->histories.count;

	series->children = calloc(count + 1, sizeof *series->children);
	if (!series->children)
		return false;
	series->child_room = count + 1;
	for (size_t i = 0; i < count; i++) {
		struct series_curve *curve =
			i ? &series->children[series->child_count++] : &series->whole;

		curve->pid = i ? profiles->items[i]->pid : 0;
		if ((!watching->sampled && !history_hold(&watching->histories.items[i])) ||
			!copy_history(&watching->histories.items[i], curve))
			return false;
	}
	return true;
}

static struct ptmem_error *fill_series(struct recorded *recorded, struct watching *watching,
	const struct profiles *profiles, const char *path)
{
	const struct process_profile *first = profiles->items[0];
	struct series *series = &recorded->series;

	if (!watching->histories.count)
		return error_new(ERROR_FORMAT, "cannot plot %s: nothing was measured in it", path);
	if (!add_curves(series, watching, profiles))
		return &error_no_memory;
	series->command = first->command ? strdup(first->command) : NULL;
	series->has_peak =
		profiles->count == 1 && first->profile.peak > 0 &&
		(first->profile.metric == METRIC_RSS || first->profile.metric == METRIC_ALL);
	series->peak = (double)first->profile.peak / BYTES_PER_MIB;
	if (watching->bands) {
		recorded->history = watching->histories.items[0];
		watching->histories.items[0] = (struct history){0};
	}
	return first->command && !series->command ? &error_no_memory : NULL;
}

static struct ptmem_error *choose(const char *path, struct recorded *recorded, bool *single)
{
	struct recording recording;
	struct profiles profiles;
	struct ptmem_error *error = recording_play(path, REPLAY_PEAK, &profiles, &recording);

	if (error)
		return error;
	*single = profiles.count == 1;
	if (*single && !bands_choose(&recorded->bands, profiles_first(&profiles)))
		error = &error_no_memory;
	profiles_deinit(&profiles);
	recording_deinit(&recording);
	return error;
}

/* Samples of page faults are taken from their rings now and then, and have the time of that. */
static bool is_sampled(const struct recording *recording)
{
	char *engine = recording_value(&recording->processes.items[0].run, "engine");
	bool sampled = engine && !strcmp(engine, "faults");

	free(engine);
	return sampled;
}

static struct ptmem_error *watch(const char *path, struct recorded *recorded, bool single)
{
	struct watching watching = {
		.recorded = recorded, .bands = single ? &recorded->bands : NULL};
	const struct play_watcher watcher = {watch_moved, watch_passed, &watching};
	struct recording recording;
	struct profiles profiles;
	struct ptmem_error *error = recording_watch(path, &watcher, &profiles, &recording);

	if (!error) {
		watching.sampled = is_sampled(&recording);
		error = fill_series(recorded, &watching, &profiles, path);
		recorded->cut = recording.cut;
		recording.cut = NULL;
		profiles_deinit(&profiles);
		recording_deinit(&recording);
	}
	for (size_t i = 0; i < watching.histories.count; i++)
		history_deinit(&watching.histories.items[i]);
	vec_deinit(&watching.histories);
	return error;
}

struct ptmem_error *recorded_read(const char *path, struct recorded *recorded)
{
	struct recorded read = {0};
	bool single;
	struct ptmem_error *error = choose(path, &read, &single);

	if (!error)
		error = watch(path, &read, single);
	if (error)
		recorded_deinit(&read);
	else
		*recorded = read;
	return error;
}

void recorded_deinit(struct recorded *recorded)
{
	for (size_t i = 0; i < recorded->passings.count; i++)
		free(recorded->passings.items[i].name);
	vec_deinit(&recorded->passings);
	series_deinit(&recorded->series);
	history_deinit(&recorded->history);
	bands_deinit(&recorded->bands);
	free(recorded->cut);
}
