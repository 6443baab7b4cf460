/* Strings as JSON has them: RFC 8259, section 7; UTF-8 as RFC 3629 has it. */
#include "report/json_string.h"

#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The character that starts here and how long it is; a length of 0 where none does. */
static size_t utf8_decode(const unsigned char *s, size_t available, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (length == 1) {
		*character = s[0];
		return 1;
	}
	if (s[0] < 0xc2 || s[0] > 0xf4 || length > available)
		return 0;
	*character = s[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*character = *character << 6 | (s[i] & 0x3f);
	}
	if (*character < least[length] || *character > 0x10ffff ||
		(*character >= 0xd800 && *character < 0xe000))
		return 0;
	return length;
}

static void add_character(
	struct strbuf *text, const unsigned char *s, size_t length, uint32_t character)
{
	static const char plain[] = "\b\f\n\r\t", letters[] = "bfnrt";
	const char *escape = character ? strchr(plain, (int)character) : NULL;

	if (character == '"' || character == '\\')
		strbuf_addf(text, "\\%c", (int)character);
	else if (character < 0x20 && escape)
		strbuf_addf(text, "\\%c", letters[escape - plain]);
	else if (character < 0x20 || (character >= 0x7f && character < 0xa0))
		strbuf_addf(text, "\\u%04x", (unsigned)character);
	else
		strbuf_add_bytes(text, (const char *)s, length);
}

void json_add_string(struct strbuf *text, const char *bytes, size_t length)
{
	const unsigned char *s = (const unsigned char *)bytes;
	size_t used;

	strbuf_add(text, "\"");
	for (size_t i = 0; i < length; i += used) {
		uint32_t character = 0;

		used = utf8_decode(s + i, length - i, &character);
		if (used) {
			add_character(text, s + i, used, character);
		} else {
			strbuf_add(text, REPLACEMENT);
			used = 1;
		}
	}
	strbuf_add(text, "\"");
}
