/* A growing string, and the cleaning of hostile text. */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool strbuf_reserve(struct strbuf *buf, size_t more)
{
	size_t wanted = buf->capacity ? buf->capacity : 64;
	char *text;

	if (buf->failed || more > SIZE_MAX / 4 - buf->length)
		return !(buf->failed = true);
	while (wanted < buf->length + more + 1)
		wanted *= 2;
	if (wanted == buf->capacity)
		return true;
	text = realloc(buf->text, wanted);
	if (!text)
		return !(buf->failed = true);
	buf->text = text;
	buf->capacity = wanted;
	return true;
}

void strbuf_add_bytes(struct strbuf *buf, const char *bytes, size_t length)
{
	if (!strbuf_reserve(buf, length))
		return;
	memcpy(buf->text + buf->length, bytes, length);
	buf->length += length;
	buf->text[buf->length] = '\0';
}

void strbuf_add(struct strbuf *buf, const char *text)
{
	strbuf_add_bytes(buf, text, strlen(text));
}

void strbuf_addf(struct strbuf *buf, const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		buf->failed = true;
		return;
	}
	strbuf_add_bytes(buf, text, (size_t)length);
	free(text);
}

/* The length of the UTF-8 sequence that starts here, or 0 where none does. */
static size_t utf8_length(const unsigned char *s)
{
	size_t length = s[0] >= 0xf0 && s[0] <= 0xf4  ? 4
			: s[0] >= 0xe0 && s[0] < 0xf0 ? 3
			: s[0] >= 0xc2 && s[0] < 0xe0 ? 2
						      : 0;

	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

void strbuf_add_printable(struct strbuf *buf, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		bool ascii = *s < 0x80;
		size_t length = ascii ? 1 : utf8_length(s);
		bool control = ascii ? *s < 0x20 || *s == 0x7f : *s == 0xc2 && s[1] < 0xa0;

		if (!length || control)
			strbuf_add_bytes(buf, "?", 1);
		else
			strbuf_add_bytes(buf, (const char *)s, length);
		s += length ? length : 1;
	}
}

char *strbuf_take(struct strbuf *buf)
{
	char *text;

	strbuf_reserve(buf, 0);
	text = buf->failed ? NULL : buf->text;
	if (text)
		text[buf->length] = '\0';
	else
		free(buf->text);
	*buf = (struct strbuf){0};
	return text;
}

void strbuf_deinit(struct strbuf *buf)
{
	free(buf->text);
	*buf = (struct strbuf){0};
}
