/*
 * Reading .eh_frame (DWARF 5, 6.4; LSB, .eh_frame): records, each behind its length.
 *
 *     common part   0, version, augmentation\0, factors, register, what augments it, program
 *     entry         how far back its common part is, address, size, what augments it, program
 *
 * The program says how the frame is found at each address. Where a function begins there is
 * nothing to say: the common part has it all.
 */
#include "symbol/frames.h"

#include "symbol/debug_bytes.h"

#include <string.h>

/* How a pointer is encoded (DW_EH_PE). */
#define ENCODING_FORMAT 0x0f
#define ENCODING_BASE 0x70
#define ENCODING_RELATIVE 0x10

/* DWARF's numbers of the stack pointer, and of where the return address is kept. */
#define REGISTER_STACK 7
#define REGISTER_RETURN 16
#define OFFSET_AT_ENTRY 8

struct reader {
	struct elf_bytes bytes;
	uint64_t address; /* of the first byte */

	/* The common part that was read last: nearly always the next entry's as well. */
	uint64_t common_at;
	uint8_t encoding;
	bool sized, known;
};

static uint64_t read_pointer(struct reader *reader, struct cursor *cursor, uint8_t encoding)
{
	uint64_t here = reader->address + (uint64_t)(cursor->at - reader->bytes.data);
	uint64_t base = (encoding & ENCODING_BASE) == ENCODING_RELATIVE ? here : 0;

	switch (encoding & ENCODING_FORMAT) {
	case 0x00: /* an address */
	case 0x04:
	case 0x0c:
		return base + cursor_fixed(cursor, 8);
	case 0x02:
		return base + cursor_fixed(cursor, 2);
	case 0x0a:
		return base + (uint64_t)(int64_t)(int16_t)cursor_fixed(cursor, 2);
	case 0x03:
		return base + cursor_fixed(cursor, 4);
	case 0x0b:
		return base + (uint64_t)(int64_t)(int32_t)cursor_fixed(cursor, 4);
	}
	cursor->bad = true;
	return 0;
}

/* The letters say what there is: one that is not known ends what can be understood. */
static bool read_augmentation(struct reader *reader, struct cursor *cursor, const char *letters)
{
	cursor_uleb(cursor);
	for (; *letters && !cursor->bad; letters++) {
		uint8_t encoding = strchr("LPR", *letters) ? (uint8_t)cursor_fixed(cursor, 1) : 0;

		if (*letters == 'R')
			reader->encoding = encoding;
		else if (*letters == 'P')
			read_pointer(reader, cursor, encoding);
		else if (!strchr("LSB", *letters))
			return false;
	}
	return !cursor->bad;
}

static bool read_common(struct reader *reader, uint64_t at)
{
	struct cursor cursor = cursor_at(reader->bytes, at);
	const char *letters;
	uint64_t version;

	if (reader->known && reader->common_at == at)
		return true;
	cursor_fixed(&cursor, 4);
	if (cursor_fixed(&cursor, 4))
		return false;
	version = cursor_fixed(&cursor, 1);
	letters = cursor_string(&cursor);
	if (!letters || (version != 1 && version != 3))
		return false;
	cursor_uleb(&cursor);
	cursor_uleb(&cursor); /* has a sign, and the same length */
	if (version == 1)
		cursor_fixed(&cursor, 1);
	else
		cursor_uleb(&cursor);
	reader->sized = *letters == 'z';
	reader->encoding = 0;
	reader->common_at = at;
	reader->known = (!*letters || reader->sized) &&
			(!reader->sized || read_augmentation(reader, &cursor, letters + 1));
	return reader->known;
}

/* One instruction before the first that goes on in the code; whether it is the last to be read. */
static bool read_rule(struct cursor *cursor, bool *is_part)
{
	uint64_t instruction = cursor_fixed(cursor, 1), reg;

	if (instruction >> 6 == 2) {
		*is_part |= (instruction & 63) != REGISTER_RETURN;
		cursor_uleb(cursor);
		return false;
	}
	switch (instruction) {
	case 0x00: /* nop */
	case 0x0a: /* remember_state */
		return false;
	case 0x07: /* undefined, same_value: a program's first function has no caller */
	case 0x08:
	case 0x2e: /* GNU_args_size */
		cursor_uleb(cursor);
		return false;
	case 0x0c: /* def_cfa */
		reg = cursor_uleb(cursor);
		*is_part |= reg != REGISTER_STACK || cursor_uleb(cursor) != OFFSET_AT_ENTRY;
		return true;
	case 0x0e: /* def_cfa_offset */
		*is_part |= cursor_uleb(cursor) != OFFSET_AT_ENTRY;
		return true;
	case 0x0d: /* def_cfa_register */
		*is_part |= cursor_uleb(cursor) != REGISTER_STACK;
		return true;
	case 0x05: /* offset_extended */
		*is_part |= cursor_uleb(cursor) != REGISTER_RETURN;
		return true;
	case 0x0f: /* def_cfa_expression, expression: of stubs and of signals' returns */
	case 0x10:
	case 0x16:
		*is_part = true;
		return true;
	}
	return true;
}

static bool begins_amid(struct reader *reader, struct cursor *cursor)
{
	bool is_part = false;

	if (reader->sized)
		cursor_skip(cursor, cursor_uleb(cursor));
	while (cursor_left(cursor) && !read_rule(cursor, &is_part))
		;
	return is_part && !cursor->bad;
}

/* An entry, behind its length; `id_at` is where it says how far back its common part is. */
static bool add_entry(struct reader *reader, struct cursor *cursor, uint64_t id_at, uint64_t back,
	struct frame_ranges *ranges)
{
	struct frame_range range = {0}, *new;

	if (back > id_at || !read_common(reader, id_at - back))
		return true;
	range.address = read_pointer(reader, cursor, reader->encoding);
	range.size = read_pointer(reader, cursor, reader->encoding & ENCODING_FORMAT);
	if (cursor->bad || !range.size)
		return true;
	range.is_part = begins_amid(reader, cursor);
	new = vec_append(ranges);
	if (new)
		*new = range;
	return new;
}

/* A length of 0 ends the table, as does the form of 64 bits, which nobody writes. */
static bool read_records(struct reader *reader, struct frame_ranges *ranges)
{
	uint64_t at = 0;

	for (;;) {
		struct cursor cursor = cursor_at(reader->bytes, at);
		uint64_t length = cursor_fixed(&cursor, 4), id;

		if (cursor.bad || !length || length >= 0xfffffff0 || length > cursor_left(&cursor))
			return true;
		cursor.end = cursor.at + length;
		id = cursor_fixed(&cursor, 4);
		if (!cursor.bad && id && !add_entry(reader, &cursor, at + 4, id, ranges))
			return false;
		at += 4 + length;
	}
}

bool frames_read(struct elf_file *file, struct frame_ranges *ranges)
{
	bool enough = true;

	for (size_t i = 0; enough && i < elf_section_count(file); i++) {
		const struct elf_section *section = elf_section(file, i);
		struct reader reader = {.address = section->address};

		if (!strcmp(section->name, ".eh_frame") &&
			elf_section_plain_bytes(file, i, &reader.bytes))
			enough = read_records(&reader, ranges);
	}
	return enough;
}
