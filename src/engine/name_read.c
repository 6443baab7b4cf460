/* Reading names of objects. */
#include "engine/name_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is longer is cut. */
#define NAME_MAX_BYTES 128

/* libc++'s string, little-endian: the lowest bit of the first byte says that it is long, which
 * has a length and a pointer in its second and third words; else that byte is twice the length. */
#define LIBCXX_SIZE 24
#define LIBCXX_LENGTH 8
#define LIBCXX_POINTER 16

static bool read_word(const struct target_memory *memory, struct target_address at, uint64_t *word)
{
	return target_read_some(memory, at, word, sizeof *word) == sizeof *word;
}

/* So many bytes, or up to a NUL. */
static char *read_text(const struct target_memory *memory, struct target_address at, uint64_t size)
{
	char bytes[NAME_MAX_BYTES];
	size_t wanted = size < sizeof bytes ? (size_t)size : sizeof bytes;
	size_t got = at.value ? target_read_some(memory, at, bytes, wanted) : 0;

	got = strnlen(bytes, got);
	return got ? strndup(bytes, got) : NULL;
}

static char *read_libcxx(const struct target_memory *memory, struct target_address at)
{
	uint8_t bytes[LIBCXX_SIZE];
	uint64_t length, pointer;

	if (target_read_some(memory, at, bytes, sizeof bytes) != sizeof bytes)
		return NULL;
	if (!(bytes[0] & 1))
		return read_text(memory, address_plus(at, 1), bytes[0] / 2);
	memcpy(&length, bytes + LIBCXX_LENGTH, sizeof length);
	memcpy(&pointer, bytes + LIBCXX_POINTER, sizeof pointer);
	return read_text(memory, target_address(pointer), length);
}

static bool read_number(const struct name_reader *reader, const struct target_memory *memory,
	struct target_address at, uint64_t *number)
{
	unsigned size = (unsigned)reader->size, spare = 64 - 8 * size;

	*number = 0;
	if (!size || size > sizeof *number || target_read_some(memory, at, number, size) != size)
		return false;
	if (reader->is_signed && spare)
		*number = (uint64_t)((int64_t)(*number << spare) >> spare);
	return true;
}

static char *number_text(const struct name_reader *reader, uint64_t number)
{
	char *text;
	int length = reader->is_signed ? asprintf(&text, "%" PRId64, (int64_t)number)
				       : asprintf(&text, "%" PRIu64, number);

	return length < 0 ? NULL : text;
}

/* Constants may be written with more bits than the type has. */
static char *enum_text(const struct name_reader *reader, uint64_t number)
{
	uint64_t mask = reader->size < 8 ? (UINT64_C(1) << 8 * reader->size) - 1 : UINT64_MAX;

	for (size_t i = 0; i < reader->values.count; i++)
		if ((reader->values.items[i].value & mask) == (number & mask))
			return strdup(reader->values.items[i].name);
	return number_text(reader, number);
}

static char *read_place(const struct name_reader *reader, const struct target_memory *memory,
	struct target_address at)
{
	struct target_address place = address_plus(at, (int64_t)reader->offset);
	uint64_t word = 0, length = NAME_MAX_BYTES;

	switch (reader->kind) {
	case NAME_NONE:
		return NULL;
	case NAME_ARRAY:
		return read_text(memory, place, reader->size);
	case NAME_LIBCXX:
		return read_libcxx(memory, place);
	case NAME_NUMBER:
		return read_number(reader, memory, place, &word) ? number_text(reader, word) : NULL;
	case NAME_ENUM:
		return read_number(reader, memory, place, &word) ? enum_text(reader, word) : NULL;
	case NAME_POINTER_LENGTH:
		if (!read_word(memory, address_plus(at, (int64_t)reader->length), &length))
			return NULL;
		break;
	case NAME_POINTER:
		break;
	}
	return read_word(memory, place, &word) ? read_text(memory, target_address(word), length)
					       : NULL;
}

char *name_read(const struct name_reader *reader, const struct target_memory *memory,
	struct target_address object)
{
	for (unsigned i = 0; i < reader->pointer_count; i++) {
		uint64_t word;

		if (!read_word(memory, address_plus(object, (int64_t)reader->pointers[i]), &word))
			return NULL;
		object = target_address(word);
	}
	return read_place(reader, memory, object);
}
