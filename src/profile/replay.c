/* A recording, read: records first, then what they play. */
#include "profile/replay.h"

#include "profile/journal.h"
#include "profile/player.h"
#include "profile/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

struct record {
	enum record_type type;
	const uint8_t *bytes;
	size_t size;
};

struct reader {
	int fd;
	uint64_t offset;
	uint8_t *stored, *raw; /* of RECORD_SIZE_MAX bytes each */
};

/* As many as there are. */
static size_t reader_get(struct reader *reader, void *bytes, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t now = pread(reader->fd, (uint8_t *)bytes + got, size - got,
			(off_t)(reader->offset + got));

		if (now <= 0)
			break;
		got += (size_t)now;
	}
	return got;
}

static uint32_t get_u32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Where it was packed, what was packed. */
static const char *unpack(struct reader *reader, const uint8_t *head, struct record *record)
{
	size_t stored = get_u32(head + 4), raw = get_u32(head + 8);

	if (!(head[1] & RECORD_ZSTD)) {
		record->bytes = reader->stored;
		record->size = stored;
		return stored == raw ? NULL : "a record's sizes disagree";
	}
#ifdef HAVE_ZSTD
	if (ZSTD_decompress(reader->raw, RECORD_SIZE_MAX, reader->stored, stored) != raw)
		return "a record cannot be unpacked";
	record->bytes = reader->raw;
	record->size = raw;
	return NULL;
#else
	return "it is packed with zstd, which this ptmem was built without";
#endif
}

/* The next record; what is wrong with it, or NULL. At the end of the file *over is set. */
static const char *reader_next(struct reader *reader, struct record *record, bool *over)
{
	uint8_t head[RECORD_HEAD_SIZE];
	size_t got = reader_get(reader, head, sizeof head), stored;
	uint32_t crc;

	*over = !got;
	if (got < sizeof head)
		return "it ends in the middle of a record";
	stored = get_u32(head + 4);
	if (stored > RECORD_SIZE_MAX || get_u32(head + 8) > RECORD_SIZE_MAX)
		return "a record's size is out of bounds";
	reader->offset += sizeof head;
	if (reader_get(reader, reader->stored, stored) < stored)
		return "it ends in the middle of a record";
	crc = (uint32_t)crc32(crc32(0, head, 12), reader->stored, (uInt)stored);
	if (crc != get_u32(head + 12))
		return "a record is damaged";
	reader->offset += stored;
	record->type = (enum record_type)head[0];
	return unpack(reader, head, record);
}

static struct ptmem_error *refuse(const char *path, const char *why)
{
	return error_new(ERROR_FORMAT, "%s: %s", path, why);
}

static struct ptmem_error *check_header(struct reader *reader, const char *path)
{
	uint8_t header[RECORDING_HEADER_SIZE];
	size_t got = reader_get(reader, header, sizeof header);
	unsigned major;

	if (got < sizeof header || memcmp(header, RECORDING_MAGIC, RECORDING_MAGIC_SIZE))
		return refuse(
			path, got ? "not a recording of ptmem's" : "empty: nothing was recorded");
	major = header[8] | (unsigned)header[9] << 8;
	if (major != RECORDING_MAJOR)
		return error_new(ERROR_FORMAT,
			"%s: recorded in format %u: this ptmem reads format %d: use the ptmem "
			"that recorded it",
			path, major, RECORDING_MAJOR);
	reader->offset = sizeof header;
	return NULL;
}

/* One record's part in the whole; what is wrong with it, or NULL. */
static const char *play_record(
	struct player *player, const struct record *record, struct recording *recording)
{
	switch (record->type) {
	case RECORD_RUN:
		strbuf_add_bytes(&recording->run, (const char *)record->bytes, record->size);
		return player_begin(player, &recording->run);
	case RECORD_STREAM:
		return player_stream(player, record->bytes, record->size);
	case RECORD_NAMES:
		return player_names(player, record->bytes, record->size);
	case RECORD_END:
		strbuf_add_bytes(&recording->end, (const char *)record->bytes, record->size);
		return NULL;
	}
	return NULL; /* of a later minor version: whoever wrote it can do without our reading it */
}

/* Plays what is whole, and notes why there is no more. */
static void play_all(struct reader *reader, struct player *player, struct recording *recording)
{
	const char *problem = NULL;

	while (!problem && !recording->end.length) {
		struct record record;
		bool over;

		problem = reader_next(reader, &record, &over);
		if (over)
			problem = "the run was cut short";
		if (!problem)
			problem = play_record(player, &record, recording);
	}
	recording->bytes = reader->offset;
	recording->operations = player->operations;
	if (problem)
		recording->cut = strdup(problem);
}

static struct ptmem_error *play_file(struct reader *reader, const char *path,
	enum replay_until until, struct profile *profile, struct recording *recording)
{
	struct player player;
	struct ptmem_error *error = check_header(reader, path);
	uint64_t stop = UINT64_MAX;

	if (!error && until == REPLAY_PEAK) {
		struct recording ignored = {0};

		player_init(&player, profile, true, UINT64_MAX);
		play_all(reader, &player, &ignored);
		stop = player.peak_operation;
		player_deinit(&player);
		profile_deinit(profile);
		recording_deinit(&ignored);
		error = check_header((reader->offset = 0, reader), path);
	}
	if (error)
		return error;
	player_init(&player, profile, false, stop);
	play_all(reader, &player, recording);
	player_end(&player, &recording->end);
	if (player.no_memory)
		error = &error_no_memory;
	else if (!player.begun)
		error = refuse(path, recording->cut ? recording->cut : "nothing was recorded");
	player_deinit(&player);
	return error;
}

static struct ptmem_error *open_recording(const char *path, int *fd)
{
	struct stat file;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return error_errno(errno, "%s", path);
	if (!fstat(*fd, &file) && S_ISREG(file.st_mode))
		return NULL;
	close(*fd);
	return refuse(path, "not a file");
}

struct ptmem_error *recording_play(const char *path, enum replay_until until,
	struct profile *profile, struct recording *recording)
{
	struct reader reader = {0};
	struct ptmem_error *error = open_recording(path, &reader.fd);

	if (error)
		return error;
	*recording = (struct recording){0};
	*profile = (struct profile){0};
	reader.stored = malloc(RECORD_SIZE_MAX);
	reader.raw = malloc(RECORD_SIZE_MAX);
	if (reader.stored && reader.raw)
		error = play_file(&reader, path, until, profile, recording);
	else
		error = &error_no_memory;
	free(reader.stored);
	free(reader.raw);
	close(reader.fd);
	if (error) {
		profile_deinit(profile);
		recording_deinit(recording);
	}
	return error;
}

void recording_deinit(struct recording *recording)
{
	strbuf_deinit(&recording->run);
	strbuf_deinit(&recording->end);
	free(recording->cut);
	recording->cut = NULL;
}
