/* A recording, read: records first, then what they play. */
#include "profile/replay.h"

#include "profile/player.h"
#include "profile/reader.h"

#include <stdlib.h>
#include <string.h>

/*
 * What processes say of themselves is kept as it is. However well it is packed, it is no more
 * than this and so many times the file: real ones come to less than a tenth of that.
 */
#define LINES_FREE (8 * (uint64_t)RECORD_SIZE_MAX)
#define LINES_RATIO 64

/* The first operation of each process that is not played. */
struct stops VEC(uint64_t);

/* One pass through a file. */
struct pass {
	struct reader *reader;
	struct play play;
	bool keeps_lines; /* the profiles are to have them */
	const struct stops *stops;
	struct VEC(struct player *) players; /* by the numbers of their processes */
	struct profiles profiles;
	struct recording recording;
	uint64_t lines; /* bytes that are kept of them */
};

void recording_deinit(struct recording *recording)
{
	for (size_t i = 0; i < recording->processes.count; i++) {
		strbuf_deinit(&recording->processes.items[i].run);
		strbuf_deinit(&recording->processes.items[i].end);
	}
	vec_deinit(&recording->processes);
	free(recording->cut);
	recording->cut = NULL;
}

static void pass_deinit(struct pass *pass)
{
	for (size_t i = 0; i < pass->players.count; i++) {
		player_deinit(pass->players.items[i]);
		free(pass->players.items[i]);
	}
	vec_deinit(&pass->players);
	play_deinit(&pass->play);
	profiles_deinit(&pass->profiles);
	recording_deinit(&pass->recording);
}

/* False where it is more than can be right. */
static bool keep_lines(struct pass *pass, struct strbuf *lines, const struct record *record)
{
	pass->lines += record->size;
	if (pass->lines > LINES_FREE + LINES_RATIO * pass->reader->offset)
		return false;
	strbuf_add_bytes(lines, (const char *)record->bytes, record->size);
	return !lines->failed;
}

/* The number of a key, or 0. */
static int number_of(const struct strbuf *lines, const char *key)
{
	char *value = recording_value(lines, key);
	int number = value ? (int)strtol(value, NULL, 10) : 0;

	free(value);
	return number;
}

static bool metric_of(const struct strbuf *run, enum metric *metric)
{
	char *name = recording_value(run, "metric");
	bool known = name && metric_parse(name, metric);

	free(name);
	return known;
}

static bool add_player(struct pass *pass, enum metric metric, const struct strbuf *run)
{
	size_t number = pass->profiles.count;
	uint64_t stop = number < pass->stops->count ? pass->stops->items[number] : UINT64_MAX;
	struct process_profile *process =
		profiles_add(&pass->profiles, metric, number_of(run, "pid"));
	struct player *player = calloc(1, sizeof *player);
	bool ready = process && player &&
		     (!pass->keeps_lines || process->profile.lines ||
			     profile_keep_lines(&process->profile));
	struct player **place = ready ? vec_append(&pass->players) : NULL;

	if (!place) {
		free(player);
		return false;
	}
	process->command = recording_value(run, "command");
	player_init(player, &pass->play, &process->profile, stop);
	player->number = number;
	*place = player;
	return true;
}

/* They begin in the order of their numbers, and all measure the same. */
static const char *begin_process(struct pass *pass, const struct record *record)
{
	struct recorded_process *process;
	enum metric metric = METRIC_RSS;

	if (record->process != pass->players.count)
		return player_nonsense;
	process = vec_append(&pass->recording.processes);
	if (process)
		*process = (struct recorded_process){0};
	if (!process || !keep_lines(pass, &process->run, record) ||
		!metric_of(&process->run, &metric))
		return player_nonsense;
	if (pass->profiles.count && metric != profiles_first(&pass->profiles)->metric)
		return player_nonsense;
	pass->play.no_memory = !add_player(pass, metric, &process->run);
	return pass->play.no_memory ? player_nonsense : NULL;
}

static const char *end_process(
	struct pass *pass, struct player *player, const struct record *record)
{
	struct strbuf *end = &pass->recording.processes.items[record->process].end;

	player->ended = true;
	return keep_lines(pass, end, record) ? NULL : player_nonsense;
}

/* One record's part in the whole; what is wrong with it, or NULL. */
static const char *play_record(struct pass *pass, const struct record *record)
{
	bool known = record->process < pass->players.count;
	struct player *player = known ? pass->players.items[record->process] : NULL;

	switch (record->type) {
	case RECORD_RUN:
		return begin_process(pass, record);
	case RECORD_STREAM:
	case RECORD_NAMES:
	case RECORD_SITES:
	case RECORD_PLACES:
	case RECORD_SPANS:
	case RECORD_OBJECTS:
	case RECORD_END:
		break;
	default:
		/* Of a later minor version: whoever wrote it can do without our reading it. */
		return NULL;
	}
	if (!player || player->ended)
		return player_nonsense;
	if (record->type == RECORD_END)
		return end_process(pass, player, record);
	if (record->type == RECORD_STREAM)
		return player_stream(player, record->bytes, record->size);
	if (record->type == RECORD_SITES)
		return player_sites(player, record->bytes, record->size);
	if (record->type == RECORD_SPANS)
		return player_spans(player, record->bytes, record->size);
	if (record->type == RECORD_PLACES)
		return player_places(player, record->bytes, record->size);
	if (record->type == RECORD_OBJECTS)
		return player_instances(player, record->bytes, record->size);
	return player_names(player, record->bytes, record->size);
}

static bool all_ended(const struct pass *pass)
{
	for (size_t i = 0; i < pass->players.count; i++)
		if (!pass->players.items[i]->ended)
			return false;
	return pass->players.count;
}

/* Plays what is whole, and notes why there is no more. */
static void play_all(struct pass *pass)
{
	const char *problem = NULL;
	bool over = false;

	while (!problem && !over) {
		struct record record;

		problem = reader_next(pass->reader, &record, &over);
		if (over)
			problem = all_ended(pass) ? NULL : "the run was cut short";
		else if (!problem)
			problem = play_record(pass, &record);
	}
	pass->recording.bytes = pass->reader->offset;
	for (size_t i = 0; i < pass->players.count; i++)
		pass->recording.operations += pass->players.items[i]->operations;
	if (problem)
		pass->recording.cut = strdup(problem);
}

/* How a process ended, and what it had become by then. */
static void end_profile(struct process_profile *process, const struct strbuf *end)
{
	char *command = recording_value(end, "command"), *status = recording_value(end, "status");

	if (command) {
		free(process->command);
		process->command = command;
	}
	process->ended = status;
	process->status = status ? (int)strtol(status, NULL, 10) : 0;
	free(status);
}

static struct ptmem_error *end_all(struct pass *pass, const char *path)
{
	const char *cut = pass->recording.cut;

	if (pass->play.no_memory)
		return &error_no_memory;
	if (!pass->players.count)
		return error_new(ERROR_FORMAT, "%s: %s", path, cut ? cut : "nothing was recorded");
	for (size_t i = 0; i < pass->players.count; i++) {
		const struct strbuf *end = &pass->recording.processes.items[i].end;

		player_end(pass->players.items[i], end);
		end_profile(pass->profiles.items[i], end);
	}
	return pass->play.no_memory ? &error_no_memory : NULL;
}

/* Where each process had its peak, by a pass that is for nothing else but that and names. */
static struct ptmem_error *find_peaks(struct pass *pass, struct stops *stops)
{
	pass->play.dry = true;
	play_all(pass);
	for (size_t i = 0; i < pass->players.count; i++) {
		uint64_t *stop = vec_append(stops);

		if (!stop)
			return &error_no_memory;
		*stop = pass->players.items[i]->peak_operation;
	}
	reader_rewind(pass->reader);
	return NULL;
}

static struct ptmem_error *play_to_end(struct pass *pass, const char *path)
{
	play_all(pass);
	return end_all(pass, path);
}

/*
 * Up to its peak the process that names a location need not have come by it, where another
 * one has.
 */
static struct ptmem_error *play_to_peak(struct pass *pass, const char *path)
{
	const struct stops none = {0};
	struct stops stops = {0};
	struct pass dry = {.reader = pass->reader, .stops = &none};
	struct ptmem_error *error = find_peaks(&dry, &stops);

	pass->stops = &stops;
	if (!error)
		error = play_to_end(pass, path);
	if (!error && dry.profiles.count &&
		!places_take_names(profiles_first(&pass->profiles)->places,
			profiles_first(&dry.profiles)->places))
		error = &error_no_memory;
	vec_deinit(&stops);
	pass_deinit(&dry);
	return error;
}

static struct ptmem_error *play_file(const char *path, enum replay_until until, bool lines,
	const struct play_watcher *watcher, struct profiles *profiles, struct recording *recording)
{
	const struct stops none = {0};
	struct reader reader;
	struct pass pass = {
		.reader = &reader, .stops = &none, .keeps_lines = lines, .play.watcher = watcher};
	struct ptmem_error *error = reader_open(path, &reader);

	if (error)
		return error;
	error = until == REPLAY_PEAK ? play_to_peak(&pass, path) : play_to_end(&pass, path);
	if (!error) {
		*profiles = pass.profiles;
		*recording = pass.recording;
		pass.profiles = (struct profiles){0};
		pass.recording = (struct recording){0};
	}
	pass_deinit(&pass);
	reader_close(&reader);
	return error;
}

struct ptmem_error *recording_play(const char *path, enum replay_until until,
	struct profiles *profiles, struct recording *recording)
{
	return play_file(path, until, false, NULL, profiles, recording);
}

struct ptmem_error *recording_play_lines(const char *path, enum replay_until until,
	struct profiles *profiles, struct recording *recording)
{
	return play_file(path, until, true, NULL, profiles, recording);
}

struct ptmem_error *recording_watch(const char *path, const struct play_watcher *watcher,
	struct profiles *profiles, struct recording *recording)
{
	return play_file(path, REPLAY_END, false, watcher, profiles, recording);
}
