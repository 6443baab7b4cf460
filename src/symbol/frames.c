/*
 * .eh_frame: records, each with its length, of two kinds. A common one (CIE) says how the
 * addresses in those that refer to it (FDE) are written.
 *
 *     length, 0, version, augmentation\0, alignments, return register, augmentation data
 *     length, how far back its CIE is, first address, size, ...
 */
#include "symbol/frames.h"

#include "symbol/debug_bytes.h"

/* DW_EH_PE_...: the form is in the lower half, what it counts from in the upper. */
#define ENCODING_FORM 0x0f
#define ENCODING_FROM 0x70
#define FROM_NOTHING 0x00
#define FROM_HERE 0x10
#define ENCODING_OMITTED 0xff

struct frames {
	struct elf_bytes bytes;
	uint64_t address; /* where the section is loaded */
	uint64_t common;  /* the offset of the CIE that was read last, and what it says */
	uint8_t encoding;
};

/* How many bytes an address of this form has, and whether it has a sign; 0 where it varies. */
static unsigned form_size(uint8_t form, bool *is_signed)
{
	static const uint8_t sizes[16] = {8, 0, 2, 4, 8, 0, 0, 0, 8, 0, 2, 4, 8, 0, 0, 0};

	*is_signed = form & 8;
	return sizes[form & ENCODING_FORM];
}

static bool read_encoded(struct cursor *cursor, uint8_t form, uint64_t *value)
{
	bool is_signed;
	unsigned size = form_size(form, &is_signed);

	if (!size)
		return false;
	*value = cursor_fixed(cursor, size);
	if (is_signed && size < 8)
		*value = (*value ^ UINT64_C(1) << (size * 8 - 1)) - (UINT64_C(1) << (size * 8 - 1));
	return !cursor->bad;
}

/* What the letters of the augmentation say that comes before the encoding of addresses. */
static bool skip_to_encoding(struct cursor *cursor, const char *augmentation)
{
	for (const char *letter = augmentation + 1; *letter; letter++) {
		bool is_signed;

		switch (*letter) {
		case 'R':
			return true;
		case 'P':
			cursor_skip(
				cursor, form_size((uint8_t)cursor_fixed(cursor, 1), &is_signed));
			break;
		case 'L':
			cursor_skip(cursor, 1);
			break;
		default: /* S, B: a mark alone */
			break;
		}
	}
	return false;
}

static bool read_common(struct frames *frames, uint64_t offset)
{
	struct cursor cursor = cursor_at(frames->bytes, offset);
	unsigned offset_size;
	const char *augmentation;
	uint64_t version;

	if (frames->common == offset)
		return true;
	cursor_length(&cursor, &offset_size);
	if (cursor_fixed(&cursor, 4) != 0)
		return false;
	version = cursor_fixed(&cursor, 1);
	augmentation = cursor_string(&cursor);
	cursor_uleb(&cursor);
	cursor_sleb(&cursor);
	if (version == 1)
		cursor_skip(&cursor, 1);
	else
		cursor_uleb(&cursor);
	if (cursor.bad || (*augmentation && *augmentation != 'z'))
		return false;
	frames->encoding = 0;
	if (*augmentation) {
		cursor_uleb(&cursor);
		if (skip_to_encoding(&cursor, augmentation))
			frames->encoding = (uint8_t)cursor_fixed(&cursor, 1);
	}
	frames->common = offset;
	return !cursor.bad;
}

static uint64_t offset_of(const struct frames *frames, const struct cursor *cursor)
{
	return (uint64_t)(cursor->at - frames->bytes.data);
}

/* The cursor stands at the first address. */
static bool read_entry(struct frames *frames, struct cursor *cursor, struct frame_entry *entry)
{
	uint64_t from = 0;

	if (frames->encoding == ENCODING_OMITTED)
		return false;
	switch (frames->encoding & ENCODING_FROM) {
	case FROM_NOTHING:
		break;
	case FROM_HERE:
		from = frames->address + offset_of(frames, cursor);
		break;
	default:
		return false;
	}
	if (!read_encoded(cursor, frames->encoding & ENCODING_FORM, &entry->address) ||
		!read_encoded(cursor, frames->encoding & ENCODING_FORM & ~8, &entry->size))
		return false;
	entry->address += from;
	return entry->size > 0;
}

/* One record; false at the end of them, or what cannot be one. */
static bool read_record(struct frames *frames, struct cursor *cursor, struct frame_entry *entry)
{
	unsigned offset_size;
	uint64_t length = cursor_length(cursor, &offset_size), here, back;
	struct cursor record = *cursor;

	*entry = (struct frame_entry){0};
	if (cursor->bad || !length)
		return false;
	cursor_skip(cursor, length);
	if (cursor->bad)
		return false;
	record.end = cursor->at;
	here = offset_of(frames, &record);
	back = cursor_fixed(&record, 4);
	if (record.bad || !back || back > here || !read_common(frames, here - back) ||
		!read_entry(frames, &record, entry))
		*entry = (struct frame_entry){0};
	return true;
}

static bool read_section(struct elf_file *file, size_t index, struct frame_entries *entries)
{
	struct frames frames = {.address = elf_section(file, index)->address, .common = UINT64_MAX};
	struct frame_entry entry;
	struct cursor cursor;

	if (!elf_section_bytes(file, index, &frames.bytes))
		return true;
	cursor = cursor_at(frames.bytes, 0);
	while (read_record(&frames, &cursor, &entry)) {
		struct frame_entry *new = entry.size ? vec_append(entries) : NULL;

		if (entry.size && !new)
			return false;
		if (new)
			*new = entry;
	}
	return true;
}

bool frames_read(struct elf_file *file, struct frame_entries *entries)
{
	for (size_t i = 0; i < elf_section_count(file); i++)
		if (!strcmp(elf_section(file, i)->name, ".eh_frame") &&
			!read_section(file, i, entries))
			return false;
	return true;
}
