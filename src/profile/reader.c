/* A recording's file, read. */
#include "profile/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

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

const char *reader_next(struct reader *reader, struct record *record, bool *over)
{
	uint8_t head[RECORD_HEAD_SIZE];
	size_t got = reader_get(reader, head, sizeof head), stored;
	uint32_t crc;

	*over = !got;
	if (*over)
		return NULL;
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
	record->process = (uint16_t)(head[2] | (unsigned)head[3] << 8);
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

static struct ptmem_error *open_file(const char *path, int *fd)
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

static struct ptmem_error *reader_begin(struct reader *reader, const char *path)
{
	reader->stored = malloc(RECORD_SIZE_MAX);
	reader->raw = malloc(RECORD_SIZE_MAX);
	if (!reader->stored || !reader->raw)
		return &error_no_memory;
	return check_header(reader, path);
}

struct ptmem_error *reader_open(const char *path, struct reader *reader)
{
	struct reader new = {0};
	struct ptmem_error *error = open_file(path, &new.fd);

	if (error)
		return error;
	error = reader_begin(&new, path);
	if (error)
		reader_close(&new);
	else
		*reader = new;
	return error;
}

void reader_close(struct reader *reader)
{
	free(reader->stored);
	free(reader->raw);
	close(reader->fd);
}

void reader_rewind(struct reader *reader)
{
	reader->offset = RECORDING_HEADER_SIZE;
}
