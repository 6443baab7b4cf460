/* The text of a source file, where it can be found. */
#include "symbol/source.h"

#include "base/md5.h"
#include "symbol/debug_info.h"
#include "symbol/path.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A source file that is longer was written by no one. */
#define SIZE_LIMIT (64 << 20)

/* Debug info may name anything as a file: nothing but a file is read. */
static FILE *open_plain(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	struct stat file;
	FILE *stream = NULL;

	if (fd >= 0 && !fstat(fd, &file) && S_ISREG(file.st_mode) && file.st_size <= SIZE_LIMIT)
		stream = fdopen(fd, "r");
	if (fd >= 0 && !stream)
		close(fd);
	return stream;
}

/* `/build/src/table.c` of `/opt/app/bin/app`: in /opt/app/bin, as `table.c`. */
static FILE *open_beside(const struct object *object, const char *file)
{
	char *directory = strdup(object_path(object)), *slash, *path = NULL;
	FILE *stream = NULL;

	slash = directory ? strrchr(directory, '/') : NULL;
	if (slash) {
		*slash = '\0';
		path = path_join(directory, path_last_part(file));
		stream = open_plain(path);
	}
	free(path);
	free(directory);
	return stream;
}

/* What the line table says of a file: its path as the compiler knew it, to free, and its sum. */
struct listed {
	char *path; /* NULL: it does not have the file */
	bool has_sum;
	uint8_t sum[MD5_SIZE];
};

static void take_listed(struct object *object, const struct debug_source *source, const char *file,
	struct listed *listed)
{
	char *printed = strdup(source->path);

	if (!printed || object_map_path(object, &printed))
		return;
	if (!strcmp(printed, file)) {
		listed->path = strdup(source->path);
		listed->has_sum = source->sum;
		if (source->sum)
			memcpy(listed->sum, source->sum, MD5_SIZE);
	}
	free(printed);
}

static struct listed find_listed(
	struct object *object, struct file_address address, const char *file)
{
	struct debug_info *debug = object ? object_debug_info(object) : NULL;
	struct debug_sources sources = {0};
	struct listed listed = {0};

	if (!debug || debug_info_sources(debug, address.value, &sources))
		return listed;
	for (size_t i = 0; !listed.path && i < sources.count; i++)
		take_listed(object, &sources.items[i], file, &listed);
	debug_sources_deinit(&sources);
	return listed;
}

/* A server keeps sources by the paths that the debug info has, and gives what was compiled. */
static FILE *open_served(const struct object *object, const char *file)
{
	struct debug_server *server = object_options(object)->server;
	char *build_id = server && file ? object_build_id(object) : NULL, *path = NULL;
	int fd = build_id ? debug_server_find_source(server, build_id, file, &path) : -1;
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (fd >= 0 && !stream)
		close(fd);
	if (stream)
		rewind(stream); /* it has just been written */
	free(build_id);
	free(path);
	return stream;
}

static bool has_sum(FILE *stream, const uint8_t *wanted)
{
	uint8_t bytes[4096], sum[MD5_SIZE];
	struct md5 md5;
	size_t size;

	md5_init(&md5);
	while ((size = fread(bytes, 1, sizeof bytes, stream)) > 0)
		md5_add(&md5, bytes, size);
	rewind(stream);
	md5_finish(&md5, sum);
	return !memcmp(sum, wanted, MD5_SIZE);
}

static bool is_newer(FILE *stream, const struct object *object)
{
	struct stat source, program;

	if (fstat(fileno(stream), &source) || fstat(object_fd(object), &program))
		return false;
	if (source.st_mtim.tv_sec != program.st_mtim.tv_sec)
		return source.st_mtim.tv_sec > program.st_mtim.tv_sec;
	return source.st_mtim.tv_nsec > program.st_mtim.tv_nsec;
}

/* Whether it is what was compiled. */
static bool is_unchanged(FILE *stream, const struct object *object, const struct listed *listed)
{
	return listed->has_sum ? has_sum(stream, listed->sum) : !is_newer(stream, object);
}

struct ptmem_error *source_open(struct object *object, struct file_address address,
	const char *file, enum source_state *state, FILE **source)
{
	struct listed listed = find_listed(object, address, file);
	FILE *stream = open_plain(file);

	*source = NULL;
	*state = SOURCE_MISSING;
	if (!stream && object)
		stream = open_beside(object, file);
	if (stream && object && !is_unchanged(stream, object, &listed)) {
		*state = SOURCE_CHANGED;
		fclose(stream);
		stream = NULL;
	}
	if (!stream && object)
		stream = open_served(object, listed.path);
	free(listed.path);
	if (stream) {
		*state = SOURCE_FOUND;
		*source = stream;
	}
	return NULL;
}
