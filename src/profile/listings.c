/* Functions that are listed line by line, and their source text. */
#include "profile/listings.h"

#include <stdlib.h>
#include <string.h>

uint32_t listings_find_span(const struct listings *listings, const char *file, int first)
{
	for (size_t i = 0; i < listings->spans.count; i++) {
		const struct span *span = &listings->spans.items[i];

		if (span->first == first && !strcmp(span->file, file))
			return (uint32_t)i;
	}
	return SPAN_NONE;
}

uint32_t listings_span(struct listings *listings, const char *file, int first)
{
	uint32_t found = listings_find_span(listings, file, first);
	struct span *new;
	char *copy;

	if (found != SPAN_NONE)
		return found;
	copy = strdup(file);
	new = copy ? vec_append(&listings->spans) : NULL;
	if (!new) {
		free(copy);
		return SPAN_NONE;
	}
	*new = (struct span){.file = copy, .first = first, .state = SPAN_MISSING};
	return (uint32_t)listings->spans.count - 1;
}

bool span_add_line(struct listings *listings, uint32_t index, const char *text, size_t length)
{
	struct span *span = &listings->spans.items[index];
	char **new = NULL, *copy = NULL;

	if (length > SPAN_LINE_LENGTH)
		length = SPAN_LINE_LENGTH;
	if (span->text.count < SPAN_LINES_MAX && listings->text + length < SPANS_TEXT_MAX)
		copy = strndup(text, length);
	new = copy ? vec_append(&span->text) : NULL;
	if (!new) {
		free(copy);
		return false;
	}
	*new = copy;
	listings->text += length + 1;
	return true;
}

const char *span_line(const struct span *span, int line)
{
	bool there = line >= span->first && (size_t)(line - span->first) < span->text.count;

	return there ? span->text.items[line - span->first] : NULL;
}

struct listing *listings_add(struct listings *listings, char *name, uint32_t span)
{
	struct listing *new = vec_append(&listings->list);

	if (new)
		*new = (struct listing){.name = name, .span = span};
	return new;
}

void listings_clear(struct listings *listings)
{
	for (size_t i = 0; i < listings->list.count; i++) {
		free(listings->list.items[i].name);
		vec_deinit(&listings->list.items[i].members);
	}
	vec_deinit(&listings->list);
}

void listings_deinit(struct listings *listings)
{
	listings_clear(listings);
	for (size_t i = 0; i < listings->spans.count; i++) {
		struct span *span = &listings->spans.items[i];

		for (size_t line = 0; line < span->text.count; line++)
			free(span->text.items[line]);
		vec_deinit(&span->text);
		free(span->file);
	}
	vec_deinit(&listings->spans);
}
