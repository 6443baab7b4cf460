/* Reading .eh_frame piece by piece (DWARF 5, 6.4; LSB, .eh_frame). */
#include "unwind/reader.h"

#include "arch/arch.h"

#define AUGMENTATION_MAX 8

/* How a pointer is encoded (DW_EH_PE). */
#define ENCODING_ABSOLUTE 0x00
#define ENCODING_UNSIGNED_4 0x03
#define ENCODING_UNSIGNED_8 0x04
#define ENCODING_SIGNED_4 0x0b
#define ENCODING_SIGNED_8 0x0c
#define ENCODING_RELATIVE 0x10

uint64_t reader_bytes(struct reader *reader, unsigned size)
{
	uint64_t value = 0;

	if (reader->bad || reader->end - reader->at < size ||
		!view_read(reader->view, reader->at, &value, size)) {
		reader->bad = true;
		return 0;
	}
	reader->at += size;
	return value;
}

/* *bits says how many the number has, of which the highest is the sign. */
static uint64_t read_leb(struct reader *reader, unsigned *bits)
{
	uint64_t value = 0, byte;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		byte = reader_bytes(reader, 1);
		value |= (byte & 0x7f) << shift;
		*bits = shift + 7;
		if (!(byte & 0x80))
			return value;
	}
	reader->bad = true;
	return 0;
}

uint64_t reader_leb(struct reader *reader)
{
	unsigned bits;

	return read_leb(reader, &bits);
}

int64_t reader_signed_leb(struct reader *reader)
{
	unsigned bits;
	uint64_t value = read_leb(reader, &bits);

	if (bits < 64 && value >> (bits - 1) & 1)
		value |= ~(uint64_t)0 << bits;
	return (int64_t)value;
}

struct reader reader_block(struct reader *reader, uint64_t size)
{
	struct reader block = *reader;

	if (reader->bad || reader->end - reader->at < size) {
		reader->bad = block.bad = true;
		return block;
	}
	block.end = block.at + size;
	reader->at = block.end;
	return block;
}

/* The form of 64 bits, for more than 4 GB, is not looked for. */
struct reader reader_record(struct view *view, uint64_t at)
{
	struct reader reader = {.view = view, .at = at, .end = UINT64_MAX};
	uint64_t size = reader_bytes(&reader, 4);

	if (size == 0 || size >= 0xfffffff0)
		reader.bad = true;
	return reader_block(&reader, size);
}

/* Pointers of other encodings are of other objects than those that linkers make. */
static void skip_pointer(struct reader *reader, uint8_t encoding)
{
	static const uint8_t sizes[16] = {8, 0, 2, 4, 8, 0, 0, 0, 0, 0, 2, 4, 8, 0, 0, 0};

	if (!sizes[encoding & 15])
		reader->bad = true;
	else
		reader_bytes(reader, sizes[encoding & 15]);
}

/* "zPLR" and the like: what there is in the common part, and in each entry. */
static bool read_augmentation(struct reader *reader, char *text)
{
	for (int i = 0; i < AUGMENTATION_MAX; i++) {
		text[i] = (char)reader_bytes(reader, 1);
		if (!text[i])
			return !reader->bad;
	}
	return false;
}

static void read_letter(struct reader *data, char letter, struct cfi_common *common)
{
	switch (letter) {
	case 'L':
		reader_bytes(data, 1);
		return;
	case 'P':
		skip_pointer(data, (uint8_t)reader_bytes(data, 1));
		return;
	case 'R':
		common->encoding = (uint8_t)reader_bytes(data, 1);
		return;
	case 'S':
		common->is_signal = true;
		return;
	case 'B':
		return;
	default:
		data->bad = true;
	}
}

/* libunwind takes the program to begin behind what the letters say, so that must be true. */
static bool read_augmented(struct reader *reader, const char *letters, struct cfi_common *common)
{
	struct reader data = reader_block(reader, reader_leb(reader));

	for (; *letters; letters++)
		read_letter(&data, *letters, common);
	return !data.bad && data.at == data.end;
}

/* Length, 0, version, augmentation, two factors, the return address's register, the program. */
static bool read_common(struct reader *reader, struct cfi_common *common)
{
	char augmentation[AUGMENTATION_MAX];
	uint64_t id = reader_bytes(reader, 4), version = reader_bytes(reader, 1);

	if (id || (version != 1 && version != 3) || !read_augmentation(reader, augmentation))
		return false;
	*common = (struct cfi_common){.sized = augmentation[0] == 'z'};
	common->code_factor = reader_leb(reader);
	common->data_factor = reader_signed_leb(reader);
	common->return_column = version == 1 ? reader_bytes(reader, 1) : reader_leb(reader);
	if (common->return_column >= arch->dwarf_registers)
		return false;
	if (augmentation[0] && !common->sized)
		return false;
	if (common->sized && !read_augmented(reader, augmentation + 1, common))
		return false;
	common->program = *reader;
	return !reader->bad;
}

/* Of 32 or 64 bits, absolute or counted from where it stands, as all assemblers make them. */
static uint64_t read_pointer(struct reader *reader, uint8_t encoding)
{
	uint64_t base = encoding & ENCODING_RELATIVE ? reader->at : 0;

	switch (encoding & ~ENCODING_RELATIVE) {
	case ENCODING_ABSOLUTE:
	case ENCODING_UNSIGNED_8:
	case ENCODING_SIGNED_8:
		return base + reader_bytes(reader, 8);
	case ENCODING_UNSIGNED_4:
		return base + reader_bytes(reader, 4);
	case ENCODING_SIGNED_4:
		return base + (uint64_t)(int32_t)reader_bytes(reader, 4);
	}
	reader->bad = true;
	return 0;
}

/* Length, how far back the common part is, where the code is, its size, the program. */
bool cfi_open(struct view *view, uint64_t fde, struct cfi_entry *entry)
{
	struct reader shared, *program = &entry->program;
	uint64_t back_from, back;

	*program = reader_record(view, fde);
	back_from = program->at;
	back = reader_bytes(program, 4);
	if (program->bad || !back || back > INT32_MAX)
		return false;
	shared = reader_record(view, back_from - back);
	if (shared.bad || !read_common(&shared, &entry->common))
		return false;
	entry->start = read_pointer(program, entry->common.encoding);
	entry->size = read_pointer(program, entry->common.encoding & ~ENCODING_RELATIVE);
	if (entry->common.sized)
		reader_block(program, reader_leb(program));
	return !program->bad;
}
