/*
 * A file of memory over time, read:
 *
 *     CMDLINE ./server --port 80
 *     MEM 12.503906 1700000000.1234
 *     CHLD 4711 3.250000 1700000000.1234
 *     FUNC std::map<int, int>::find 12.5039 1700000000.1 14.5 1700000000.9 1
 *     FUNC <module> 12.5039 1700000000.1 14.5 1700000000.9
 *     PEAK 15.500000
 *
 * A function's name may have blanks in it, so its numbers are found from the end of the line; the
 * last of them, the level, is a whole number, and old files do not have it.
 */
#include "base/map.h"
#include "base/vec.h"
#include "series/line_source.h"
#include "series/number.h"
#include "series/series.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MOST 17592186044416.0 /* MiB: what 64 bits can count, in bytes */
#define TIME_MOST 1e11               /* seconds: some three thousand years */
#define CALL_NUMBERS 4               /* memory and time, at entry and exit */

/* Room for one more item of an array, or false. */
#define room_for(array, count, room)                                                          \
	({                                                                                    \
		void *items_ = (array);                                                       \
		bool room_ = (count) < (room) || vec_grow(&items_, &(room), sizeof *(array)); \
		(array) = items_;                                                             \
		room_;                                                                        \
	})

struct reading {
	struct series *series;
	struct map children; /* by pid, in series->children */
	bool disordered;     /* a sample is earlier than the one before it */
};

/* What a line turned out to be. */
enum line_result {
	LINE_GOOD,
	LINE_WRONG,
	LINE_NO_MEMORY,
};

static const char *skip_blanks(const char *text, const char *end)
{
	while (text < end && (*text == ' ' || *text == '\t'))
		text++;
	return text;
}

static bool read_sample(const char **text, const char *end, struct series_sample *sample)
{
	*text = skip_blanks(*text, end);
	if (!number_read(text, end, MEMORY_MOST, &sample->memory))
		return false;
	*text = skip_blanks(*text, end);
	return number_read(text, end, TIME_MOST, &sample->time);
}

/* `whole` is that of the line: a time that is cut makes an early one. */
static enum line_result add_sample(struct reading *reading, struct series_curve *curve,
	const struct series_sample *sample, bool whole)
{
	if (curve->count && sample->time < curve->samples[curve->count - 1].time) {
		if (!whole)
			return LINE_WRONG;
		reading->disordered = true;
	}
	if (!room_for(curve->samples, curve->count, curve->room))
		return LINE_NO_MEMORY;
	curve->samples[curve->count++] = *sample;
	return LINE_GOOD;
}

static enum line_result read_memory(
	struct reading *reading, const char *text, const char *end, bool whole)
{
	struct series_sample sample;

	if (!read_sample(&text, end, &sample) || text != end)
		return LINE_WRONG;
	return add_sample(reading, &reading->series->whole, &sample, whole);
}

/* The curve of a child, which is new where it was not heard of before; NULL without memory. */
static struct series_curve *child_curve(struct reading *reading, pid_t pid)
{
	struct series *series = reading->series;
	uint32_t known = map_get(&reading->children, (uint64_t)pid);

	if (known != MAP_NONE)
		return &series->children[known];
	if (series->child_count >= MAP_NONE ||
		!room_for(series->children, series->child_count, series->child_room) ||
		!map_set(&reading->children, (uint64_t)pid, (uint32_t)series->child_count))
		return NULL;
	series->children[series->child_count] = (struct series_curve){.pid = pid};
	return &series->children[series->child_count++];
}

static enum line_result read_child(
	struct reading *reading, const char *text, const char *end, bool whole)
{
	struct series_sample sample;
	struct series_curve *curve;
	unsigned pid;

	text = skip_blanks(text, end);
	if (!number_read_whole(&text, end, INT_MAX, &pid) || !read_sample(&text, end, &sample) ||
		text != end)
		return LINE_WRONG;
	curve = child_curve(reading, (pid_t)pid);
	return curve ? add_sample(reading, curve, &sample, whole) : LINE_NO_MEMORY;
}

/* Where the word begins that ends before `end`, not before `start`. */
static const char *last_word(const char *start, const char *end)
{
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	while (end > start && end[-1] != ' ' && end[-1] != '\t')
		end--;
	return end;
}

/* The four numbers of a call, which end at `end`; *name_end is where they begin. */
static bool read_call_numbers(
	const char *start, const char *end, const char **name_end, struct series_call *call)
{
	const char *text = end;

	for (int i = 0; i < CALL_NUMBERS; i++)
		text = last_word(start, text);
	*name_end = text;
	return read_sample(&text, end, &call->entry) && read_sample(&text, end, &call->exit) &&
	       skip_blanks(text, end) == end;
}

static char *copy_text(const char *start, const char *end)
{
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return strndup(start, (size_t)(end - start));
}

static enum line_result read_call(
	struct reading *reading, const char *text, const char *end, bool whole)
{
	struct series *series = reading->series;
	struct series_call call = {0};
	const char *name = skip_blanks(text, end), *level = last_word(name, end), *name_end;
	const char *at = level;
	bool has_level = number_read_whole(&at, end, INT_MAX, &call.level) && at == end &&
			 read_call_numbers(name, level, &name_end, &call) && name_end > name;

	if (!has_level) {
		call.level = 0;
		if (!read_call_numbers(name, end, &name_end, &call) || name_end == name)
			return LINE_WRONG;
	}
	if (call.exit.time < call.entry.time) {
		if (!whole)
			return LINE_WRONG;
		call.exit.time = call.entry.time; /* the clock was set back */
	}
	call.name = copy_text(name, name_end);
	if (!call.name || !room_for(series->calls, series->call_count, series->call_room)) {
		free(call.name);
		return LINE_NO_MEMORY;
	}
	series->calls[series->call_count++] = call;
	return LINE_GOOD;
}

static enum line_result read_peak(
	struct reading *reading, const char *text, const char *end, bool whole)
{
	double peak;

	text = skip_blanks(text, end);
	if (!whole || !number_read(&text, end, MEMORY_MOST, &peak) || text != end)
		return LINE_WRONG;
	reading->series->has_peak = true;
	reading->series->peak = peak;
	return LINE_GOOD;
}

/* The last one holds. */
static enum line_result read_command(
	struct reading *reading, const char *text, const char *end, bool whole)
{
	char *command = copy_text(skip_blanks(text, end), end);

	(void)whole;
	if (!command)
		return LINE_NO_MEMORY;
	free(reading->series->command);
	reading->series->command = command;
	return LINE_GOOD;
}

/* What a line begins with, and how it goes on. */
static const struct line_word {
	const char *word;
	size_t length;
	enum line_result (*read)(
		struct reading *reading, const char *text, const char *end, bool whole);
	const char *expected;
} line_words[] = {
	{"MEM", 3, read_memory, "MEM, MiB, seconds"},
	{"CHLD", 4, read_child, "CHLD, pid, MiB, seconds"},
	{"FUNC", 4, read_call, "FUNC, name, MiB and seconds at entry and exit, level"},
	{"PEAK", 4, read_peak, "PEAK, MiB"},
	{"CMDLINE", 7, read_command, "CMDLINE, words"},
};

static const struct line_word *find_word(const char *line, const char *end)
{
	const char *blank = line;

	while (blank < end && *blank != ' ' && *blank != '\t')
		blank++;
	for (size_t i = 0; i < sizeof line_words / sizeof *line_words; i++)
		if ((size_t)(blank - line) == line_words[i].length &&
			!memcmp(line, line_words[i].word, line_words[i].length))
			return &line_words[i];
	return NULL;
}

static struct ptmem_error *read_line(
	struct reading *reading, const char *line, const char *end, bool whole, bool *wrong)
{
	const struct line_word *word = find_word(line, end);

	*wrong = false;
	if (!word)
		return NULL;
	while (end > line && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	switch (word->read(reading, line + word->length, end, whole)) {
	case LINE_GOOD:
		break;
	case LINE_WRONG:
		*wrong = whole;
		break;
	case LINE_NO_MEMORY:
		return &error_no_memory;
	}
	return NULL;
}

static struct ptmem_error *wrong_line(
	const char *path, size_t number, const char *line, const char *end)
{
	return error_new(ERROR_FORMAT, "cannot read %s: line %zu is not as it must be: %s", path,
		number, find_word(line, end)->expected);
}

static struct ptmem_error *read_lines(struct line_source *source, struct reading *reading)
{
	struct ptmem_error *error;
	const char *line, *end;
	bool whole, wrong;

	for (size_t number = 1;; number++) {
		error = line_source_next(source, &line, &end, &whole);
		if (error || !line)
			return error;
		error = read_line(reading, line, end, whole, &wrong);
		if (error)
			return error;
		if (wrong)
			return wrong_line(source->path, number, line, end);
	}
}

static int compare_times(const void *a, const void *b)
{
	const struct series_sample *left = a, *right = b;

	return (left->time > right->time) - (left->time < right->time);
}

static void sort_curve(struct series_curve *curve)
{
	if (curve->count)
		qsort(curve->samples, curve->count, sizeof *curve->samples, compare_times);
}

/* A clock that was set back. */
static void sort_curves(struct series *series)
{
	sort_curve(&series->whole);
	for (size_t i = 0; i < series->child_count; i++)
		sort_curve(&series->children[i]);
}

struct ptmem_error *series_read(const char *path, struct series *series)
{
	struct series read = {0};
	struct reading reading = {.series = &read};
	struct line_source source;
	struct ptmem_error *error = line_source_open(path, &source);

	if (error)
		return error;
	error = read_lines(&source, &reading);
	line_source_close(&source);
	map_deinit(&reading.children);
	if (!error && !read.whole.count && !read.child_count)
		error = error_new(ERROR_FORMAT, "cannot read %s: no sample of memory in it", path);
	if (error) {
		series_deinit(&read);
		return error;
	}
	if (reading.disordered)
		sort_curves(&read);
	*series = read;
	return NULL;
}
