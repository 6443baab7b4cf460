/* How wide text is in a picture. */
#include "plot/text.h"

#include "base/strbuf.h"

#include <stdint.h>
#include <string.h>

#define FIRST_WIDE 0xe3 /* the first byte of what is as wide as high: Chinese, Japanese, Korean */
#define WIDE 100
#define NARROW 78
#define ELLIPSIS "…"

/* In hundredths of the size, from the blank on. */
static const uint8_t widths[] = {32, 41, 46, 84, 64, 95, 78, 28, 39, 39, 50, 84, 32, 37, 32, 34, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 77, 64, 58, 78,
	76, 30, 30, 66, 56, 87, 75, 79, 61, 79, 70, 64, 62, 74, 69, 99, 69, 62, 69, 39, 34, 39, 84,
	50, 50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64,
	60, 82, 60, 60, 53, 64, 34, 64, 84};

/* Printable text may have surrogates, overlong forms and U+FFFE. */
static bool is_character(const unsigned char *s)
{
	switch (s[0]) {
	case 0xe0:
		return s[1] >= 0xa0;
	case 0xed:
		return s[1] < 0xa0;
	case 0xef:
		return !(s[1] == 0xbf && s[2] >= 0xbe);
	case 0xf0:
		return s[1] >= 0x90;
	case 0xf4:
		return s[1] < 0x90;
	default:
		return true;
	}
}

static size_t character_length(const char *text)
{
	size_t length = 1;

	while (((unsigned char)text[length] & 0xc0) == 0x80)
		length++;
	return length;
}

char *text_clean(const char *text)
{
	struct strbuf printable = {0}, clean = {0};
	const char *at;

	strbuf_add_printable(&printable, text);
	for (at = printable.text; at && *at; at += character_length(at)) {
		if (is_character((const unsigned char *)at))
			strbuf_add_bytes(&clean, at, character_length(at));
		else
			strbuf_add(&clean, "?");
	}
	clean.failed |= printable.failed;
	strbuf_deinit(&printable);
	return strbuf_take(&clean);
}

static double character_width(const char *text, double size)
{
	unsigned char first = (unsigned char)*text;
	unsigned width = first >= FIRST_WIDE ? WIDE : NARROW;

	if (first >= ' ' && first < ' ' + sizeof widths)
		width = widths[first - ' '];
	return width * size / 100;
}

double text_width(const char *text, double size)
{
	double width = 0;

	for (; *text; text += character_length(text))
		width += character_width(text, size);
	return width;
}

size_t text_length(const char *text)
{
	size_t length = 0;

	for (; *text; text += character_length(text))
		length++;
	return length;
}

/* How many bytes of text fit in a width, whole characters only. */
static size_t text_fit(const char *text, double size, double width)
{
	const char *at = text;

	while (*at) {
		width -= character_width(at, size);
		if (width < 0)
			break;
		at += character_length(at);
	}
	return (size_t)(at - text);
}

static char *first_part(const char *text, size_t bytes, const char *ellipsis)
{
	struct strbuf buf = {0};

	strbuf_add_bytes(&buf, text, bytes);
	if (text[bytes])
		strbuf_add(&buf, ellipsis);
	return strbuf_take(&buf);
}

char *text_shorten(const char *text, double size, double width)
{
	double rest = width - text_width(ELLIPSIS, size);

	if (text_width(text, size) <= width)
		return first_part(text, strlen(text), ELLIPSIS);
	return first_part(text, text_fit(text, size, rest > 0 ? rest : 0), ELLIPSIS);
}

char *text_cut(const char *text, size_t length, const char *ellipsis)
{
	const char *at = text;
	size_t rest = text_length(ellipsis);

	if (text_length(text) <= length)
		return first_part(text, strlen(text), ellipsis);
	for (size_t i = rest; i < length; i++)
		at += character_length(at);
	return first_part(text, (size_t)(at - text), ellipsis);
}
