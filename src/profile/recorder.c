/* The recording of a run, written by a thread of its own. */
#include "profile/recorder.h"

#include "base/strbuf.h"
#include "profile/fields.h"
#include "profile/instance_record.h"
#include "profile/journal.h"
#include "profile/record_file.h"
#include "profile/site_record.h"
#include "profile/span_record.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What may wait to be written. */
#define QUEUE_MAX 16384
#define QUEUE_BYTES (64 * JOURNAL_BLOCK)

struct pending {
	enum record_type type;
	uint16_t process;
	uint8_t *bytes;
	size_t size;
};

/* What is recorded of one process. */
struct track {
	struct journal journal;
	struct profile *profile;
	struct recorder *recorder;
	uint16_t process;
	bool left;  /* the journal takes no more */
	bool whole; /* and all of it was handed over */
};

/* Of what all processes share: the number of the one that has told it, and 1; or 0. */
struct told {
	uint32_t *by;
	size_t count;
};

struct recorder {
	struct VEC(struct track *) tracks; /* by number; NULL once ended */
	struct map track_of;               /* a profile's address to its number */
	size_t left_out;                   /* processes that there are no numbers for */
	struct told named;                 /* locations */
	struct told described;             /* sites */
	char *path;
	int fd;
	int problem; /* errno of what could not be written */
	bool overrun;

	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more, less;
	struct pending queue[QUEUE_MAX]; /* a ring */
	size_t first, count, bytes;
	bool closing;
};

/* --- Writing, in the thread --- */

static int write_pending(int fd, const struct pending *pending)
{
	struct record record = {.type = pending->type,
		.process = pending->process,
		.bytes = pending->bytes,
		.size = pending->size};

	return record_write(fd, &record);
}

/* After a failure nothing more is written: what is there stays readable. */
static void *recorder_main(void *argument)
{
	struct recorder *recorder = argument;

	pthread_mutex_lock(&recorder->lock);
	for (;;) {
		struct pending pending;
		int problem = recorder->problem;

		while (!recorder->count && !recorder->closing)
			pthread_cond_wait(&recorder->more, &recorder->lock);
		if (!recorder->count)
			break;
		pending = recorder->queue[recorder->first];
		pthread_mutex_unlock(&recorder->lock);
		if (!problem)
			problem = write_pending(recorder->fd, &pending);
		free(pending.bytes);
		pthread_mutex_lock(&recorder->lock);
		recorder->problem = problem;
		recorder->first = (recorder->first + 1) % QUEUE_MAX;
		recorder->count--;
		recorder->bytes -= pending.size;
		pthread_cond_signal(&recorder->less);
	}
	pthread_mutex_unlock(&recorder->lock);
	return NULL;
}

/* --- Handing over --- */

enum patience {
	DO_NOT_WAIT, /* a process is stopped */
	WAIT_FOR_ROOM,
};

static bool has_room(const struct recorder *recorder, size_t size)
{
	return !recorder->count ||
	       (recorder->count < QUEUE_MAX && recorder->bytes + size <= QUEUE_BYTES);
}

/* Takes the bytes over, whatever comes of them. False where there is no room. */
static bool recorder_push(struct recorder *recorder, struct pending pending, enum patience patience)
{
	bool room;

	pthread_mutex_lock(&recorder->lock);
	while (patience == WAIT_FOR_ROOM && !has_room(recorder, pending.size))
		pthread_cond_wait(&recorder->less, &recorder->lock);
	room = has_room(recorder, pending.size);
	if (room) {
		recorder->bytes += pending.size;
		recorder->queue[(recorder->first + recorder->count++) % QUEUE_MAX] = pending;
		pthread_cond_signal(&recorder->more);
	}
	pthread_mutex_unlock(&recorder->lock);
	if (!room)
		free(pending.bytes);
	return room;
}

static bool track_push_text(
	struct track *track, enum record_type type, const char *text, enum patience patience)
{
	size_t length = strnlen(text, RECORD_SIZE_MAX);
	struct pending pending = {.type = type,
		.process = track->process,
		.bytes = malloc(length ? length : 1),
		.size = length};

	if (!pending.bytes)
		return false;
	memcpy(pending.bytes, text, length);
	return recorder_push(track->recorder, pending, patience);
}

/*
 * The journal's block is full, or old; a disk that cannot keep up ends the recording, not the
 * run. What waits takes no more memory than what is in it.
 */
static uint8_t *track_take_block(void *owner, uint8_t *block, size_t used)
{
	struct track *track = owner;
	uint8_t *shrunk = used < JOURNAL_BLOCK / 2 ? realloc(block, used) : NULL;
	struct pending pending = {.type = RECORD_STREAM,
		.process = track->process,
		.bytes = shrunk ? shrunk : block,
		.size = used};

	return recorder_push(track->recorder, pending, DO_NOT_WAIT) ? malloc(JOURNAL_BLOCK) : NULL;
}

static uint64_t milliseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME_COARSE, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* --- The file and its thread --- */

static void recorder_free(struct recorder *recorder)
{
	vec_deinit(&recorder->tracks);
	map_deinit(&recorder->track_of);
	pthread_mutex_destroy(&recorder->lock);
	pthread_cond_destroy(&recorder->more);
	pthread_cond_destroy(&recorder->less);
	if (recorder->fd >= 0)
		close(recorder->fd);
	free(recorder->named.by);
	free(recorder->described.by);
	free(recorder->path);
	free(recorder);
}

/*
 * Without any signals: a file beyond the size that ulimit allows is an error of a write, and
 * no SIGXFSZ; and what is meant for the tracer never reaches the thread.
 */
static struct ptmem_error *recorder_start(struct recorder *recorder, bool force)
{
	struct timespec now = {0};
	struct ptmem_error *error;
	sigset_t all, before, limit;

	sigfillset(&all);
	sigemptyset(&limit);
	sigaddset(&limit, SIGXFSZ);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = record_file_create(recorder->path, force, &recorder->fd);
	if (!error && pthread_create(&recorder->thread, NULL, recorder_main, recorder))
		error = error_errno(
			EAGAIN, "the recording %s: starting its thread", recorder->path);
	if (error)
		sigtimedwait(&limit, NULL, &now); /* what came of it would come now */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

struct ptmem_error *recorder_open(const char *path, bool force, struct recorder **recorder)
{
	struct recorder *new = calloc(1, sizeof *new);
	struct ptmem_error *error;

	if (!new)
		return &error_no_memory;
	pthread_mutex_init(&new->lock, NULL);
	pthread_cond_init(&new->more, NULL);
	pthread_cond_init(&new->less, NULL);
	new->fd = -1;
	new->path = strdup(path);
	error = new->path ? recorder_start(new, force) : &error_no_memory;
	if (error)
		recorder_free(new);
	else
		*recorder = new;
	return error;
}

/* --- Processes --- */

static struct track *track_create(struct recorder *recorder, struct profile *profile)
{
	struct track *track = calloc(1, sizeof *track);

	if (!track)
		return NULL;
	track->recorder = recorder;
	track->profile = profile;
	track->process = (uint16_t)recorder->tracks.count;
	journal_init(&track->journal, malloc(JOURNAL_BLOCK));
	track->journal.full = track_take_block;
	track->journal.owner = track;
	track->journal.clock = milliseconds;
	return track;
}

static void track_destroy(struct track *track)
{
	if (!track)
		return;
	journal_deinit(&track->journal);
	free(track);
}

/* A track of this recorder, by its profile; NULL where it has none, or has ended. */
static struct track *find_track(const struct recorder *recorder, const struct profile *profile)
{
	uint32_t number = map_get(&recorder->track_of, (uintptr_t)profile);

	struct track *track =
		number < recorder->tracks.count ? recorder->tracks.items[number] : NULL;

	return track && track->profile == profile ? track : NULL;
}

/* A process whose beginning has no room is none of the file's: its number is free again. */
struct ptmem_error *recorder_begin(
	struct recorder *recorder, const char *run, struct profile *profile)
{
	size_t number = recorder->tracks.count;
	struct track *track, **place;

	if (number == RECORDING_PROCESSES_MAX) {
		recorder->left_out++;
		return NULL;
	}
	track = track_create(recorder, profile);
	place = track && track->journal.block ? vec_append(&recorder->tracks) : NULL;
	if (!place || !map_set(&recorder->track_of, (uintptr_t)profile, (uint32_t)number)) {
		recorder->tracks.count = number;
		track_destroy(track);
		return &error_no_memory;
	}
	*place = track;
	if (track_push_text(track, RECORD_RUN, run, DO_NOT_WAIT)) {
		profile->journal = &track->journal;
		return NULL;
	}
	recorder->overrun = true;
	recorder->tracks.items[number] = NULL;
	recorder->tracks.count--;
	track_destroy(track);
	return NULL;
}

static void track_leave(struct track *track)
{
	if (track->left)
		return;
	track->left = true;
	track->profile->journal = NULL;
	track->whole = journal_finish(&track->journal);
	track->recorder->overrun |= !track->whole;
}

void recorder_leave(struct recorder *recorder, struct profile *profile)
{
	struct track *track = find_track(recorder, profile);

	if (track)
		track_leave(track);
}

/* --- The end --- */

/* What is in the buffer, which is emptied. */
static void push_bytes(struct track *track, enum record_type type, struct strbuf *buf)
{
	struct pending pending = {.type = type, .process = track->process, .size = buf->length};

	pending.bytes = (uint8_t *)strbuf_take(buf);
	if (pending.bytes)
		recorder_push(track->recorder, pending, WAIT_FOR_ROOM);
}

/* Room for this many in a table of what is told already; false when out of memory. */
static bool grow_told(struct told *told, size_t count)
{
	uint32_t *by;

	if (count <= told->count)
		return true;
	by = realloc(told->by, count * sizeof *by);
	if (!by)
		return false;
	memset(by + told->count, 0, (count - told->count) * sizeof *by);
	told->by = by;
	told->count = count;
	return true;
}

/* Whether it is this process that is to tell of something in a module, which it does then. */
static bool is_to_tell(
	const struct track *track, struct told *told, uint32_t index, const struct module *module)
{
	uint32_t self = (uint32_t)track->process + 1, by = told->by[index];

	/* A reader knows a module of several processes by its build-id. */
	if (by == self || (by && module->build_id))
		return false;
	told->by[index] = self;
	return true;
}

/* The locations that the journal defined: id, line, name, file, text of the line. */
static void push_all_names(struct track *track, const struct places *places)
{
	struct strbuf buf = {0};

	if (!grow_told(&track->recorder->named, places->locations.count))
		return;
	for (uint32_t i = 0; i < places->locations.count; i++) {
		const struct location *location = &places->locations.items[i];

		if (location->kind != LOCATION_CODE || !location->name ||
			journal_id(&track->journal, i) == MAP_NONE ||
			!is_to_tell(track, &track->recorder->named, i,
				&places->modules.items[location->module]))
			continue;
		fields_add_number(&buf, journal_id(&track->journal, i));
		fields_add_number(&buf, location->line > 0 ? (uint64_t)location->line : 0);
		fields_add_string(&buf, location->name);
		fields_add_string(&buf, location->file);
		fields_add_string(&buf, location->source);
		if (buf.length > RECORD_SIZE_MAX / 2)
			push_bytes(track, RECORD_NAMES, &buf);
	}
	if (buf.length)
		push_bytes(track, RECORD_NAMES, &buf);
	strbuf_deinit(&buf);
}

/* The site of one location, with what it needs. */
static void push_site(struct track *track, const struct places *places,
	struct site_numbers *numbers, uint32_t location, struct strbuf *buf)
{
	uint32_t site = places->locations.items[location].site;

	while (site_record_define(buf, numbers, places, site))
		if (buf->length > RECORD_SIZE_MAX / 2)
			push_bytes(track, RECORD_SITES, buf);
	site_record_add(buf, numbers, places, site, journal_id(&track->journal, location));
	if (buf->length > RECORD_SIZE_MAX / 2)
		push_bytes(track, RECORD_SITES, buf);
}

/* The sites of calls that the journal defined. */
static void push_all_sites(struct track *track, const struct places *places)
{
	struct site_numbers numbers = {0};
	struct strbuf buf = {0};

	if (!grow_told(&track->recorder->described, places->sites.list.count))
		return;
	for (uint32_t i = 0; i < places->locations.count; i++) {
		const struct location *location = &places->locations.items[i];
		const struct site *site;

		if (location->kind != LOCATION_CALL || journal_id(&track->journal, i) == MAP_NONE)
			continue;
		site = &places->sites.list.items[location->site];
		if (!site->resolved ||
			!is_to_tell(track, &track->recorder->described, location->site,
				&places->modules.items[site->module]))
			continue;
		push_site(track, places, &numbers, i, &buf);
	}
	if (buf.length)
		push_bytes(track, RECORD_SITES, &buf);
	strbuf_deinit(&buf);
	site_numbers_deinit(&numbers);
}

/* What is pushed piece by piece. */
static void push_pieces(struct track *track, enum record_type type, struct strbuf *buf, size_t from)
{
	if (buf->length > from)
		push_bytes(track, type, buf);
}

/* The sites that calls were at, but for those that are told of as sites of calls. */
static void push_all_places(struct track *track, const struct places *places)
{
	struct site_numbers numbers = {0};
	struct strbuf buf = {0};

	if (!grow_told(&track->recorder->described, places->sites.list.count))
		return;
	for (uint32_t i = 0; i < places->sites.list.count; i++) {
		const struct site *site = &places->sites.list.items[i];

		if (!site->stood_at || !site->resolved ||
			journal_site(&track->journal, i) == MAP_NONE ||
			!is_to_tell(track, &track->recorder->described, i,
				&places->modules.items[site->module]))
			continue;
		while (site_record_define(&buf, &numbers, places, i))
			push_pieces(track, RECORD_PLACES, &buf, RECORD_SIZE_MAX / 2);
		site_record_add(&buf, &numbers, places, i, journal_site(&track->journal, i));
		push_pieces(track, RECORD_PLACES, &buf, RECORD_SIZE_MAX / 2);
	}
	push_pieces(track, RECORD_PLACES, &buf, 0);
	strbuf_deinit(&buf);
	site_numbers_deinit(&numbers);
}

/* The text of what was listed; the first process has that of all. */
static void push_all_spans(struct track *track, const struct listings *listings)
{
	struct strbuf buf = {0};

	for (size_t i = 0; !track->process && i < listings->spans.count; i++) {
		const struct span *span = &listings->spans.items[i];

		for (size_t line = 0; span->last && span_record_add(&buf, span, &line);)
			push_pieces(track, RECORD_SPANS, &buf, RECORD_SIZE_MAX / 2);
	}
	push_pieces(track, RECORD_SPANS, &buf, 0);
	strbuf_deinit(&buf);
}

/* The objects that the journal defined. */
static void push_all_instances(struct track *track, const struct places *places)
{
	struct strbuf buf = {0};

	for (uint32_t i = 0; i < places->instances.list.count; i++) {
		uint32_t number = journal_instance(&track->journal, i);

		if (number == MAP_NONE)
			continue;
		instance_record_add(&buf, places, i, number);
		if (buf.length > RECORD_SIZE_MAX / 2)
			push_bytes(track, RECORD_OBJECTS, &buf);
	}
	if (buf.length)
		push_bytes(track, RECORD_OBJECTS, &buf);
	strbuf_deinit(&buf);
}

void recorder_end(struct recorder *recorder, struct profile *profile, const char *end)
{
	struct track *track = find_track(recorder, profile);

	if (!track)
		return;
	track_leave(track);
	push_all_names(track, profile->places);
	push_all_sites(track, profile->places);
	push_all_places(track, profile->places);
	push_all_spans(track, &profile->places->listings);
	push_all_instances(track, profile->places);
	if (track->whole)
		track_push_text(track, RECORD_END, end, WAIT_FOR_ROOM);
	recorder->tracks.items[track->process] = NULL;
	track_destroy(track);
}

static struct ptmem_error *recorder_problem(const struct recorder *recorder)
{
	if (recorder->problem)
		return error_errno(
			recorder->problem, "the recording %s is not whole", recorder->path);
	if (recorder->overrun)
		return error_new(ERROR_SYSTEM,
			"the recording %s is not whole: the disk was too slow", recorder->path);
	if (recorder->left_out)
		return error_new(ERROR_SYSTEM,
			"the recording %s is not whole: it has the first %d processes, and %zu "
			"more there were: %%p in its name gives each a file of its own",
			recorder->path, RECORDING_PROCESSES_MAX, recorder->left_out);
	return NULL;
}

struct ptmem_error *recorder_close(struct recorder *recorder)
{
	struct ptmem_error *error;

	for (size_t i = 0; i < recorder->tracks.count; i++) {
		if (recorder->tracks.items[i])
			track_leave(recorder->tracks.items[i]);
		track_destroy(recorder->tracks.items[i]);
	}
	pthread_mutex_lock(&recorder->lock);
	recorder->closing = true;
	pthread_cond_signal(&recorder->more);
	pthread_mutex_unlock(&recorder->lock);
	pthread_join(recorder->thread, NULL);
	error = recorder_problem(recorder);
	recorder_free(recorder);
	return error;
}
