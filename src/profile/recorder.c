/* The recording of a run, written by a thread of its own. */
#include "profile/recorder.h"

#include "base/strbuf.h"
#include "profile/journal.h"
#include "profile/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

/* Blocks that may wait to be written: 4 MB, and no more memory than that. */
#define QUEUE_MAX 64

struct pending {
	enum record_type type;
	uint8_t *bytes;
	size_t size;
};

struct recorder {
	struct journal journal;
	struct profile *profile;
	char *path;
	int fd;
	int problem; /* errno of what could not be written */
	bool overrun;

	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct pending queue[QUEUE_MAX]; /* a ring */
	size_t first, count;
	bool closing;
};

/* --- Writing, in the thread --- */

static void put_u16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put_u32(uint8_t *at, uint32_t value)
{
	put_u16(at, (uint16_t)value);
	put_u16(at + 2, (uint16_t)(value >> 16));
}

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t done = write(fd, bytes, size);

		if (done < 0 && errno != EINTR)
			return errno;
		bytes += done > 0 ? done : 0;
		size -= done > 0 ? (size_t)done : 0;
	}
	return 0;
}

/* Packed where that is shorter; the bytes to store, and how many. */
static const uint8_t *pack(
	const struct pending *record, uint8_t *room, size_t capacity, size_t *stored)
{
	*stored = record->size;
#ifdef HAVE_ZSTD
	size_t packed = ZSTD_compress(room, capacity, record->bytes, record->size, 1);

	if (!ZSTD_isError(packed) && packed < record->size) {
		*stored = packed;
		return room;
	}
#else
	(void)room;
	(void)capacity;
#endif
	return record->bytes;
}

static int write_record(int fd, const struct pending *record)
{
	size_t capacity = record->size + 1024, stored;
	uint8_t *whole = malloc(RECORD_HEAD_SIZE + capacity);
	const uint8_t *bytes;
	uint32_t crc;
	int problem;

	if (!whole)
		return ENOMEM;
	bytes = pack(record, whole + RECORD_HEAD_SIZE, capacity, &stored);
	if (bytes == record->bytes)
		memcpy(whole + RECORD_HEAD_SIZE, bytes, stored);
	memset(whole, 0, RECORD_HEAD_SIZE);
	whole[0] = (uint8_t)record->type;
	whole[1] = bytes == record->bytes ? 0 : RECORD_ZSTD;
	put_u32(whole + 4, (uint32_t)stored);
	put_u32(whole + 8, (uint32_t)record->size);
	crc = (uint32_t)crc32(crc32(0, whole, 12), whole + RECORD_HEAD_SIZE, (uInt)stored);
	put_u32(whole + 12, crc);
	problem = write_all(fd, whole, RECORD_HEAD_SIZE + stored);
	free(whole);
	return problem;
}

/* After a failure nothing more is written: what is there stays readable. */
static void *recorder_main(void *argument)
{
	struct recorder *recorder = argument;

	pthread_mutex_lock(&recorder->lock);
	for (;;) {
		struct pending record;
		int problem = recorder->problem;

		while (!recorder->count && !recorder->closing)
			pthread_cond_wait(&recorder->more, &recorder->lock);
		if (!recorder->count)
			break;
		record = recorder->queue[recorder->first];
		pthread_mutex_unlock(&recorder->lock);
		if (!problem)
			problem = write_record(recorder->fd, &record);
		free(record.bytes);
		pthread_mutex_lock(&recorder->lock);
		recorder->problem = problem;
		recorder->first = (recorder->first + 1) % QUEUE_MAX;
		recorder->count--;
	}
	pthread_mutex_unlock(&recorder->lock);
	return NULL;
}

/* --- Handing over --- */

/* Takes the bytes over, whatever comes of them. False where the queue is full. */
static bool recorder_push(
	struct recorder *recorder, enum record_type type, uint8_t *bytes, size_t size)
{
	bool room;

	pthread_mutex_lock(&recorder->lock);
	room = recorder->count < QUEUE_MAX;
	if (room) {
		size_t last = (recorder->first + recorder->count++) % QUEUE_MAX;

		recorder->queue[last] =
			(struct pending){.type = type, .bytes = bytes, .size = size};
		pthread_cond_signal(&recorder->more);
	}
	pthread_mutex_unlock(&recorder->lock);
	if (!room)
		free(bytes);
	return room;
}

static bool recorder_push_text(struct recorder *recorder, enum record_type type, const char *text)
{
	size_t length = strnlen(text, RECORD_SIZE_MAX);
	uint8_t *copy = malloc(length ? length : 1);

	if (!copy)
		return false;
	memcpy(copy, text, length);
	return recorder_push(recorder, type, copy, length);
}

/* The journal's block is full; a disk that cannot keep up ends the recording, not the run. */
static uint8_t *recorder_take_block(void *owner, uint8_t *block, size_t used)
{
	struct recorder *recorder = owner;

	if (recorder_push(recorder, RECORD_STREAM, block, used))
		return malloc(JOURNAL_BLOCK);
	recorder->overrun = true;
	return NULL;
}

static uint64_t milliseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME_COARSE, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* --- The file --- */

static bool is_recording(const char *path)
{
	char magic[RECORDING_MAGIC_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is = fd >= 0 && read(fd, magic, sizeof magic) == sizeof magic &&
		  !memcmp(magic, RECORDING_MAGIC, sizeof magic);

	if (fd >= 0)
		close(fd);
	return is;
}

/* Makes place for a new file: what was recorded before is kept beside it. */
static struct ptmem_error *make_place(const char *path, bool force)
{
	struct stat file;
	char *old;
	int failed;

	if (lstat(path, &file))
		return errno == ENOENT ? NULL : error_errno(errno, "the recording %s", path);
	if (!S_ISREG(file.st_mode))
		return error_new(ERROR_FORMAT, "the recording %s: it is there, and no file", path);
	if (file.st_size && !is_recording(path)) {
		if (!force)
			return error_new(ERROR_FORMAT,
				"the recording %s: a file that is not ptmem's has this name: "
				"--force overwrites it",
				path);
		return unlink(path) ? error_errno(errno, "the recording %s", path) : NULL;
	}
	if (asprintf(&old, "%s.old", path) < 0)
		return &error_no_memory;
	failed = rename(path, old) ? errno : 0;
	free(old);
	return failed ? error_errno(failed, "keeping the recording %s as %s.old", path, path)
		      : NULL;
}

static struct ptmem_error *create_file(const char *path, bool force, int *fd)
{
	uint8_t header[RECORDING_HEADER_SIZE] = RECORDING_MAGIC;
	struct ptmem_error *error = make_place(path, force);
	int problem;

	if (error)
		return error;
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_APPEND, 0600);
	if (*fd < 0)
		return error_errno(errno, "the recording %s", path);
	put_u16(header + RECORDING_MAGIC_SIZE, RECORDING_MAJOR);
	put_u16(header + RECORDING_MAGIC_SIZE + 2, RECORDING_MINOR);
	problem = write_all(*fd, header, sizeof header);
	if (!problem)
		return NULL;
	close(*fd);
	unlink(path);
	return error_errno(problem, "the recording %s", path);
}

static void recorder_free(struct recorder *recorder)
{
	journal_deinit(&recorder->journal);
	pthread_mutex_destroy(&recorder->lock);
	pthread_cond_destroy(&recorder->more);
	if (recorder->fd >= 0)
		close(recorder->fd);
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
	error = create_file(recorder->path, force, &recorder->fd);
	if (!error && pthread_create(&recorder->thread, NULL, recorder_main, recorder))
		error = error_errno(
			EAGAIN, "the recording %s: starting its thread", recorder->path);
	if (error)
		sigtimedwait(&limit, NULL, &now); /* what came of it would come now */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

struct ptmem_error *recorder_open(const char *path, bool force, const char *run,
	struct profile *profile, struct recorder **recorder)
{
	struct recorder *new = calloc(1, sizeof *new);
	struct ptmem_error *error;

	if (!new)
		return &error_no_memory;
	pthread_mutex_init(&new->lock, NULL);
	pthread_cond_init(&new->more, NULL);
	new->fd = -1;
	new->profile = profile;
	new->path = strdup(path);
	journal_init(&new->journal, malloc(JOURNAL_BLOCK));
	new->journal.full = recorder_take_block;
	new->journal.owner = new;
	new->journal.clock = milliseconds;
	error = new->path &&new->journal.block ? recorder_start(new, force) : &error_no_memory;
	if (error) {
		recorder_free(new);
		return error;
	}
	recorder_push_text(new, RECORD_RUN, run);
	profile->journal = &new->journal;
	*recorder = new;
	return NULL;
}

/* --- The end --- */

static void add_varint(struct strbuf *buf, uint64_t value)
{
	char byte;

	for (; value >= 0x80; value >>= 7) {
		byte = (char)((uint8_t)value | 0x80);
		strbuf_add_bytes(buf, &byte, 1);
	}
	byte = (char)value;
	strbuf_add_bytes(buf, &byte, 1);
}

static void add_string(struct strbuf *buf, const char *text)
{
	size_t length = text ? strnlen(text, JOURNAL_STRING_MAX) : 0;

	add_varint(buf, length);
	strbuf_add_bytes(buf, text ? text : "", length);
}

static void push_buffer(struct recorder *recorder, enum record_type type, struct strbuf *buf)
{
	size_t length = buf->length;
	char *text = strbuf_take(buf);

	if (text)
		recorder_push(recorder, type, (uint8_t *)text, length);
}

/* The locations that the journal defined: id, line, name, file, text of the line. */
static void push_names(struct recorder *recorder, const struct profile *profile)
{
	struct strbuf buf = {0};

	for (uint32_t i = 0; i < profile->places->locations.count; i++) {
		const struct location *location = &profile->places->locations.items[i];
		uint32_t id = journal_id(&recorder->journal, i);

		if (id == MAP_NONE || !location->name || location->kind != LOCATION_CODE)
			continue;
		add_varint(&buf, id);
		add_varint(&buf, location->line > 0 ? (uint64_t)location->line : 0);
		add_string(&buf, location->name);
		add_string(&buf, location->file);
		add_string(&buf, location->source);
		if (buf.length > RECORD_SIZE_MAX / 2)
			push_buffer(recorder, RECORD_NAMES, &buf);
	}
	if (buf.length)
		push_buffer(recorder, RECORD_NAMES, &buf);
	strbuf_deinit(&buf);
}

struct ptmem_error *recorder_close(
	struct recorder *recorder, struct profile *profile, const char *end)
{
	struct ptmem_error *error = NULL;

	profile->journal = NULL;
	journal_flush(&recorder->journal);
	push_names(recorder, profile);
	recorder_push_text(recorder, RECORD_END, end);
	pthread_mutex_lock(&recorder->lock);
	recorder->closing = true;
	pthread_cond_signal(&recorder->more);
	pthread_mutex_unlock(&recorder->lock);
	pthread_join(recorder->thread, NULL);
	if (recorder->problem)
		error = error_errno(
			recorder->problem, "the recording %s is not whole", recorder->path);
	else if (recorder->overrun || recorder->journal.closed)
		error = error_new(ERROR_SYSTEM,
			"the recording %s is not whole: the disk was too slow", recorder->path);
	recorder_free(recorder);
	return error;
}
