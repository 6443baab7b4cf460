/* Budgets: reading lines of PATTERN LIMIT, and finding the one that decides. */
#include "report/budgets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_MAX ((size_t)1 << 20)
#define LIMIT_MAX ((double)(INT64_C(1) << 50)) /* a petabyte */
#define BLANKS " \t\r\f\v"
#define DIGITS "0123456789"

/* A part of a line. */
struct piece {
	const char *start;
	size_t length;
};

void budgets_deinit(struct budgets *budgets)
{
	for (size_t i = 0; i < budgets->list.count; i++) {
		free(budgets->list.items[i].text);
		pattern_list_deinit(&budgets->list.items[i].patterns);
	}
	vec_deinit(&budgets->list);
	free(budgets->path);
	budgets->path = NULL;
}

static bool is_blank(char c)
{
	return c && strchr(BLANKS, c);
}

static struct piece trim(struct piece piece)
{
	while (piece.length && is_blank(piece.start[piece.length - 1]))
		piece.length--;
	while (piece.length && is_blank(*piece.start))
		piece.start++, piece.length--;
	return piece;
}

/* `{closure#0}` is a name of Rust's: only a `#` after a blank begins a comment. */
static struct piece without_comment(struct piece line)
{
	for (size_t i = 0; i < line.length; i++)
		if (line.start[i] == '#' && (!i || is_blank(line.start[i - 1])))
			line.length = i;
	return trim(line);
}

/* Takes the last word off. */
static struct piece take_word(struct piece *line)
{
	struct piece word = {line->start + line->length, 0};

	while (line->length && !is_blank(word.start[-1])) {
		word.start--, word.length++;
		line->length--;
	}
	*line = trim(*line);
	return word;
}

/* Bytes in a unit, 0 where it is none; without any it is MB. */
static double unit_bytes(struct piece unit)
{
	static const char *const names[] = {"kB", "MB", "GB"};
	double bytes = 1024;

	if (!unit.length)
		return 1024 * 1024;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++, bytes *= 1024)
		if (unit.length == 2 && !strncasecmp(unit.start, names[i], 2))
			return bytes;
	return 0;
}

/* `10`, `0.5`, `.5MB`; a unit that stood apart comes with it. */
static bool parse_limit(struct piece word, struct piece unit, int64_t *limit)
{
	char text[64];
	size_t whole, point, length;
	double bytes;

	if (word.length >= sizeof text)
		return false;
	memcpy(text, word.start, word.length);
	text[word.length] = '\0';
	whole = strspn(text, DIGITS);
	point = text[whole] == '.';
	length = whole + point + (point ? strspn(text + whole + 1, DIGITS) : 0);
	if (length == point)
		return false;
	if (!unit.length)
		unit = (struct piece){word.start + length, word.length - length};
	else if (length < word.length)
		return false;
	text[length] = '\0';
	bytes = strtod(text, NULL) * unit_bytes(unit);
	if (!unit_bytes(unit) || bytes > LIMIT_MAX)
		return false;
	*limit = (int64_t)bytes;
	return true;
}

static struct ptmem_error *line_error(const struct budgets *budgets, const struct budget *budget,
	struct piece line, const char *why)
{
	return error_new(ERROR_FORMAT, "%s:%zu: '%.*s': %s: give e.g. 'table_grow 10 MB'",
		budgets->path, budget->line, (int)(line.length > 80 ? 80 : line.length), line.start,
		why);
}

static struct ptmem_error *add_patterns(
	const struct budgets *budgets, struct budget *budget, struct piece patterns)
{
	struct ptmem_error *inner, *error;

	budget->text = strndup(patterns.start, patterns.length);
	if (!budget->text)
		return &error_no_memory;
	inner = pattern_list_add(&budget->patterns, budget->text);
	if (!error_is(inner, ERROR_USAGE))
		return inner;
	error = error_new(ERROR_FORMAT, "%s:%zu: %s", budgets->path, budget->line, inner->message);
	error_free(inner);
	return error;
}

static struct ptmem_error *parse_line(
	const struct budgets *budgets, struct piece line, struct budget *budget)
{
	struct piece rest = line, none = {line.start, 0};
	struct piece word = take_word(&rest), unit = none;

	if (unit_bytes(word)) {
		unit = word;
		word = take_word(&rest);
	}
	if (!parse_limit(word, unit, &budget->limit))
		return line_error(budgets, budget, line, "no limit at its end in kB, MB or GB");
	if (!rest.length)
		return line_error(budgets, budget, line, "no pattern before the limit");
	return add_patterns(budgets, budget, rest);
}

static struct ptmem_error *add_line(struct budgets *budgets, struct piece line, size_t number)
{
	struct budget *budget;

	if (memchr(line.start, '\0', line.length))
		return error_new(ERROR_FORMAT, "%s:%zu: there is a NUL in it: this is no text",
			budgets->path, number);
	line = without_comment(line);
	if (!line.length)
		return NULL;
	budget = vec_append(&budgets->list);
	if (!budget)
		return &error_no_memory;
	*budget = (struct budget){.line = number};
	return parse_line(budgets, line, budget);
}

struct ptmem_error *budgets_parse(
	const char *path, const char *text, size_t length, struct budgets *budgets)
{
	struct budgets parsed = {.path = strdup(path)};
	struct ptmem_error *error = parsed.path ? NULL : &error_no_memory;
	size_t at = 0;

	for (size_t number = 1; !error && at < length; number++) {
		const char *end = memchr(text + at, '\n', length - at);
		size_t rest = end ? (size_t)(end - text) - at : length - at;

		error = add_line(&parsed, (struct piece){text + at, rest}, number);
		at += rest + 1;
	}
	if (!error && !parsed.list.count)
		error = error_new(ERROR_FORMAT,
			"%s: no budget in it: give lines of PATTERN LIMIT, e.g. 'table_grow 10 MB'",
			path);
	if (error)
		budgets_deinit(&parsed);
	else
		*budgets = parsed;
	return error;
}

struct ptmem_error *budgets_read(const char *path, struct budgets *budgets)
{
	FILE *file = fopen(path, "re");
	char *text = file ? malloc(FILE_MAX + 1) : NULL;
	struct ptmem_error *error;
	size_t length;

	if (!file)
		return error_errno(errno, "%s", path);
	errno = 0;
	length = text ? fread(text, 1, FILE_MAX + 1, file) : 0;
	if (!text)
		error = &error_no_memory;
	else if (ferror(file))
		error = error_errno(errno, "%s", path);
	else if (length > FILE_MAX)
		error = error_new(
			ERROR_FORMAT, "%s: larger than 1 MB: this is no file of budgets", path);
	else
		error = budgets_parse(path, text, length, budgets);
	free(text);
	fclose(file);
	return error;
}

static bool is_bracket_pattern(const char *text)
{
	size_t length = strlen(text);

	return length > 2 && text[0] == '[' && strchr(text, ']') == text + length - 1;
}

static bool matches(struct pattern *pattern, const char *name, enum location_kind kind)
{
	bool bracket = kind == LOCATION_BRACKET;
	struct pattern_list one = {.items = pattern, .count = 1, .capacity = 1};
	size_t length = strlen(name);

	if (kind == LOCATION_INLINED)
		return pattern_list_matches_inlined(&one, name);
	if (!is_bracket_pattern(pattern->text))
		return !bracket && pattern_list_matches_name(&one, name);
	return bracket && strlen(pattern->text) == length + 2 &&
	       !memcmp(pattern->text + 1, name, length);
}

const struct budget *budgets_find(
	struct budgets *budgets, const char *name, enum location_kind kind)
{
	for (size_t i = 0; i < budgets->list.count; i++) {
		struct budget *budget = &budgets->list.items[i];

		for (size_t j = 0; j < budget->patterns.count; j++)
			if (matches(&budget->patterns.items[j], name, kind)) {
				budget->used = true;
				return budget;
			}
	}
	return NULL;
}
