/* A text file's lines. */
#include "series/line_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)1 << 20)
#define LINE_MOST ((size_t)1 << 24) /* the words of a command may be some megabytes */

struct ptmem_error *line_source_open(const char *path, struct line_source *source)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat status;
	char *buffer;

	if (fd < 0)
		return error_errno(errno, "cannot open %s", path);
	if (fstat(fd, &status) || !(S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode))) {
		close(fd);
		return error_new(ERROR_FORMAT, "cannot read %s: it is no file", path);
	}
	buffer = malloc(BUFFER_SIZE);
	if (!buffer) {
		close(fd);
		return &error_no_memory;
	}
	*source =
		(struct line_source){.path = path, .fd = fd, .buffer = buffer, .room = BUFFER_SIZE};
	return NULL;
}

void line_source_close(struct line_source *source)
{
	free(source->buffer);
	close(source->fd);
}

/* Room for more behind what is there, and for a newline of our own. */
static struct ptmem_error *make_room(struct line_source *source)
{
	char *grown;

	memmove(source->buffer, source->buffer + source->start, source->filled - source->start);
	source->filled -= source->start;
	source->start = 0;
	if (source->filled < source->room / 2)
		return NULL;
	if (source->room >= LINE_MOST)
		return error_new(
			ERROR_FORMAT, "cannot read %s: a line of it does not end", source->path);
	grown = realloc(source->buffer, source->room * 2);
	if (!grown)
		return &error_no_memory;
	source->buffer = grown;
	source->room *= 2;
	return NULL;
}

static struct ptmem_error *fill(struct line_source *source)
{
	struct ptmem_error *error = make_room(source);
	ssize_t got;

	if (error)
		return error;
	do {
		got = read(source->fd, source->buffer + source->filled,
			source->room - source->filled - 1);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(errno, "cannot read %s", source->path);
	source->filled += (size_t)got;
	source->over = !got;
	return NULL;
}

struct ptmem_error *line_source_next(
	struct line_source *source, const char **line, const char **end, bool *whole)
{
	size_t searched = 0;
	struct ptmem_error *error;
	char *newline;

	for (;;) {
		newline = memchr(source->buffer + source->start + searched, '\n',
			source->filled - source->start - searched);
		if (newline || source->over)
			break;
		searched = source->filled - source->start;
		error = fill(source);
		if (error)
			return error;
	}
	*line = NULL;
	if (!newline && source->start == source->filled)
		return NULL;
	*whole = newline;
	if (!newline) {
		newline = source->buffer + source->filled;
		*newline = '\n';
	}
	*line = source->buffer + source->start;
	*end = newline;
	source->start = (size_t)(newline - source->buffer) + *whole;
	return NULL;
}
