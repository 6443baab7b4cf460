/* A recording's file, written. */
#include "profile/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

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
	const struct record *record, uint8_t *room, size_t capacity, size_t *stored)
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

int record_write(int fd, const struct record *record)
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
	put_u16(whole + 2, record->process);
	put_u32(whole + 4, (uint32_t)stored);
	put_u32(whole + 8, (uint32_t)record->size);
	crc = (uint32_t)crc32(crc32(0, whole, 12), whole + RECORD_HEAD_SIZE, (uInt)stored);
	put_u32(whole + 12, crc);
	problem = write_all(fd, whole, RECORD_HEAD_SIZE + stored);
	free(whole);
	return problem;
}

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

struct ptmem_error *record_file_create(const char *path, bool force, int *fd)
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
