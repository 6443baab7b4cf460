/*
 * A cursor over the bytes of a section. Reading past the end gives zeros and marks the
 * cursor as bad, so that a decoder checks once, at its end.
 */
#ifndef PTMEM_SYMBOL_DEBUG_BYTES_H
#define PTMEM_SYMBOL_DEBUG_BYTES_H

#include "symbol/elf.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *at, *end;
	bool bad;
};

/* From an offset on; bad at once where that is outside. */
static inline struct cursor cursor_at(struct elf_bytes bytes, uint64_t offset)
{
	if (!bytes.data || offset > bytes.size)
		return (struct cursor){.bad = true};
	return (struct cursor){bytes.data + offset, bytes.data + bytes.size, false};
}

/* How many bytes are left. */
static inline uint64_t cursor_left(const struct cursor *cursor)
{
	return cursor->bad ? 0 : (uint64_t)(cursor->end - cursor->at);
}

/* A little-endian number of up to 8 bytes. */
static inline uint64_t cursor_fixed(struct cursor *cursor, unsigned bytes)
{
	if (cursor->bad || (uint64_t)(cursor->end - cursor->at) < bytes) {
		cursor->bad = true;
		return 0;
	}
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)*cursor->at++ << 8 * i;
	return value;
}

/* A number of seven bits a byte, the lowest first; bits beyond 64 are lost. */
static inline uint64_t cursor_uleb(struct cursor *cursor)
{
	uint64_t value = 0;
	for (unsigned shift = 0; !cursor->bad; shift += 7) {
		uint64_t byte = cursor_fixed(cursor, 1);
		if (shift < 64)
			value |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	return value;
}

/* The same with a sign: the last byte's second bit is repeated above it. */
static inline int64_t cursor_sleb(struct cursor *cursor)
{
	uint64_t value = 0, byte;
	unsigned shift = 0;
	do {
		byte = cursor_fixed(cursor, 1);
		if (shift < 64)
			value |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (shift < 64 && byte & 0x40)
		value |= UINT64_MAX << shift;
	return (int64_t)value;
}

/* A string with its NUL; NULL where that is missing. */
static inline const char *cursor_string(struct cursor *cursor)
{
	const char *text = (const char *)cursor->at;
	const uint8_t *nul =
		cursor->bad ? NULL : memchr(text, '\0', (size_t)(cursor->end - cursor->at));
	cursor->bad = !nul;
	cursor->at = nul ? nul + 1 : cursor->at;
	return nul ? text : NULL;
}

static inline void cursor_skip(struct cursor *cursor, uint64_t bytes)
{
	if (cursor->bad || (uint64_t)(cursor->end - cursor->at) < bytes)
		cursor->bad = true;
	else
		cursor->at += bytes;
}

/* The length that a unit or a table begins with, which says how wide its offsets are. */
static inline uint64_t cursor_length(struct cursor *cursor, unsigned *offset_size)
{
	uint64_t length = cursor_fixed(cursor, 4);
	*offset_size = length == 0xffffffff ? 8 : 4;
	return *offset_size == 8 ? cursor_fixed(cursor, 8) : length;
}

#endif
