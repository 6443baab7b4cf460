/* The source text of listed functions, written and read. */
#include "profile/span_record.h"

#include <stdlib.h>
#include <string.h>

/* Lines of a piece: no record becomes too long by one. */
#define PIECE_LINES 256

bool span_record_add(struct strbuf *buf, const struct span *span, size_t *line)
{
	size_t left = span->text.count - *line;
	size_t count = left < PIECE_LINES ? left : PIECE_LINES;

	/* Of one without text there is a piece all the same. */
	if (*line > span->text.count || (*line && !count))
		return false;
	fields_add_string(buf, span->file);
	fields_add_number(buf, (uint64_t)span->first);
	fields_add_number(buf, (uint64_t)span->last);
	fields_add_number(buf, span->state);
	fields_add_number(buf, count);
	for (size_t i = 0; i < count; i++)
		fields_add_string(buf, span->text.items[*line + i]);
	*line += count ? count : 1;
	return !buf->failed;
}

static void read_text(struct source *source, struct listings *listings, uint32_t span)
{
	uint32_t count = get_u32(source);

	if (count > PIECE_LINES)
		source->bad = true;
	for (uint32_t i = 0; !source->bad && i < count; i++) {
		char *text = get_string(source);

		if (!text || !span_add_line(listings, span, text, strlen(text)))
			source->bad = true;
		free(text);
	}
}

void span_record_read(struct source *source, struct listings *listings)
{
	char *file = get_string(source);
	int first = get_line(source), last = get_line(source);
	uint32_t state = get_u32(source), index = SPAN_NONE;
	struct span *span;

	if (file && !source->bad && first > 0 && last >= first && state < SPAN_STATES &&
		listings->spans.count < SPANS_MAX)
		index = listings_span(listings, file, first);
	free(file);
	if (index == SPAN_NONE) {
		source->bad = true;
		return;
	}
	span = &listings->spans.items[index];
	span->last = last;
	span->state = (enum span_state)state;
	read_text(source, listings, index);
}
