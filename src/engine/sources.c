/* The source lines that a recording takes along. */
#include "engine/sources.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A line that is longer is no declaration that anyone wrote. */
#define LINE_MAX_LENGTH 512

/* By file, and by line in it. */
static int compare(const void *a, const void *b)
{
	const struct location *one = *(struct location *const *)a;
	const struct location *other = *(struct location *const *)b;
	int files = strcmp(one->file, other->file);

	return files ? files : one->line < other->line ? -1 : one->line > other->line;
}

/* Debug info may name anything as a file: nothing but a file is read. */
static FILE *open_source(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat file;
	FILE *stream = NULL;

	if (fd >= 0 && !fstat(fd, &file) && S_ISREG(file.st_mode))
		stream = fdopen(fd, "r");
	if (fd >= 0 && !stream)
		close(fd);
	return stream;
}

/* Up to `count` locations of one file, in ascending order of line. */
static void read_file(struct location **locations, size_t count)
{
	FILE *file = open_source(locations[0]->file);
	char *text = NULL;
	size_t capacity = 0, next = 0;

	for (int line = 1; file && next < count && getline(&text, &capacity, file) >= 0; line++)
		for (; next < count && locations[next]->line == line; next++) {
			size_t length = strcspn(text, "\r\n");

			if (length <= LINE_MAX_LENGTH)
				locations[next]->source = strndup(text, length);
		}
	free(text);
	if (file)
		fclose(file);
}

void sources_read(struct places *places)
{
	struct location **wanted = calloc(places->locations.count + 1, sizeof *wanted);
	size_t count = 0;

	for (size_t i = 0; wanted && i < places->locations.count; i++) {
		struct location *location = &places->locations.items[i];

		if (location->file && location->line > 0 && !location->source)
			wanted[count++] = location;
	}
	if (count)
		qsort(wanted, count, sizeof *wanted, compare);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && !strcmp(wanted[end]->file, wanted[i]->file);)
			end++;
		read_file(wanted + i, end - i);
	}
	free(wanted);
}
