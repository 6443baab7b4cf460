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

#endif
