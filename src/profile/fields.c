/* Numbers and strings in records. */
#include "profile/fields.h"

#include "profile/journal.h"

#include <stdlib.h>
#include <string.h>

void fields_add_number(struct strbuf *buf, uint64_t value)
{
	char byte;

	for (; value >= 0x80; value >>= 7) {
		byte = (char)((uint8_t)value | 0x80);
		strbuf_add_bytes(buf, &byte, 1);
	}
	byte = (char)value;
	strbuf_add_bytes(buf, &byte, 1);
}

void fields_add_string(struct strbuf *buf, const char *text)
{
	size_t length = text ? strnlen(text, JOURNAL_STRING_MAX) : 0;

	fields_add_number(buf, length);
	strbuf_add_bytes(buf, text ? text : "", length);
}

uint64_t get_varint(struct source *source)
{
	uint64_t value = 0;

	for (unsigned shift = 0; source->at < source->end && shift < 64; shift += 7) {
		uint8_t byte = *source->at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	source->bad = true;
	return 0;
}

uint32_t get_u32(struct source *source)
{
	uint64_t value = get_varint(source);

	if (value >= UINT32_MAX)
		source->bad = true;
	return (uint32_t)value;
}

int get_line(struct source *source)
{
	uint32_t line = get_u32(source);

	if (line > INT32_MAX)
		source->bad = true;
	return source->bad ? 0 : (int)line;
}

char *get_string(struct source *source)
{
	uint64_t length = get_varint(source);
	char *text;

	if (source->bad || length > (uint64_t)(source->end - source->at)) {
		source->bad = true;
		return NULL;
	}
	text = strndup((const char *)source->at, length);
	source->at += length;
	return text;
}
