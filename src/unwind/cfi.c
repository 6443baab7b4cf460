/* Entries of .eh_frame, and whether they are fit to be interpreted (DWARF 5, 6.4; LSB, .eh_frame).
 */
#include "unwind/cfi.h"

#include "arch/arch.h"

/* More states than that are not remembered at once; each costs libunwind memory. */
#define REMEMBERED_MAX 64

#define AUGMENTATION_MAX 8

/* How a pointer is encoded (DW_EH_PE). */
#define ENCODING_ABSOLUTE 0x00
#define ENCODING_UNSIGNED_4 0x03
#define ENCODING_UNSIGNED_8 0x04
#define ENCODING_SIGNED_4 0x0b
#define ENCODING_SIGNED_8 0x0c
#define ENCODING_RELATIVE 0x10

/* Reads on until something is not there; then all is 0 and `bad`. */
struct reader {
	struct view *view;
	uint64_t at, end;
	bool bad;
};

/* What of the common part (CIE) its entries depend on. */
struct common {
	bool sized;       /* has sizes of what augments it */
	uint8_t encoding; /* of an entry's addresses */
	struct reader program;
};

/* What is to be known of a program of call frame instructions. */
struct program {
	bool frame_defined;
	unsigned remembered;
};

/* What an instruction has behind it. */
enum operand {
	END,
	BYTE_1,
	BYTE_2,
	BYTE_4,
	BYTE_8,
	LEB,
	REGISTER, /* LEB, of a register that there is */
	BLOCK,    /* an expression, behind its length */
	BAD,      /* the instruction is none that tables have */
};

#define OPERANDS_MAX 2

static uint64_t read_bytes(struct reader *reader, unsigned size)
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

/* Signed and unsigned ones are of one length, and what is compared here is unsigned. */
static uint64_t read_leb(struct reader *reader)
{
	uint64_t value = 0, byte;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		byte = read_bytes(reader, 1);
		value |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	reader->bad = true;
	return 0;
}

/* The next so many bytes, which are skipped. */
static struct reader read_block(struct reader *reader, uint64_t size)
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

/* A length, and what is so long. The form of 64 bits, for more than 4 GB, is not looked for. */
static struct reader read_record(struct view *view, uint64_t at)
{
	struct reader reader = {.view = view, .at = at, .end = UINT64_MAX};
	uint64_t size = read_bytes(&reader, 4);

	if (size == 0 || size >= 0xfffffff0)
		reader.bad = true;
	return read_block(&reader, size);
}

/* Pointers of other encodings are of other objects than those that linkers make. */
static void skip_pointer(struct reader *reader, uint8_t encoding)
{
	static const uint8_t sizes[16] = {8, 0, 2, 4, 8, 0, 0, 0, 0, 0, 2, 4, 8, 0, 0, 0};

	if (!sizes[encoding & 15])
		reader->bad = true;
	else
		read_bytes(reader, sizes[encoding & 15]);
}

/*
 * Operations of expressions, by number. Those that jump are left out, since they may do so
 * for ever, and those that divide, since that may trap.
 */
static enum operand operation_operand(uint8_t operation)
{
	switch (operation) {
	case 0x03: /* addr */
	case 0x0e: /* const8u, const8s */
	case 0x0f:
		return BYTE_8;
	case 0x08: /* const1u, const1s, pick, deref_size */
	case 0x09:
	case 0x15:
	case 0x94:
		return BYTE_1;
	case 0x0a: /* const2u, const2s */
	case 0x0b:
		return BYTE_2;
	case 0x0c: /* const4u, const4s */
	case 0x0d:
		return BYTE_4;
	case 0x10: /* constu, consts, plus_uconst */
	case 0x11:
	case 0x23:
		return LEB;
	case 0x06: /* deref */
	case 0x96: /* nop */
		return END;
	case 0x1b: /* div */
	case 0x1d: /* mod */
	case 0x28: /* bra, skip */
	case 0x2f:
		return BAD;
	}
	if (operation >= 0x12 && operation <= 0x4f) /* stack, arithmetic, literals */
		return END;
	if (operation >= 0x70 && operation <= 0x8f) /* breg0 and on: an offset from a register */
		return LEB;
	return BAD;
}

static void check_operand(struct reader *reader, enum operand operand);

static bool expression_is_sound(struct reader expression)
{
	while (!expression.bad && expression.at < expression.end)
		check_operand(&expression, operation_operand((uint8_t)read_bytes(&expression, 1)));
	return !expression.bad;
}

static void check_operand(struct reader *reader, enum operand operand)
{
	switch (operand) {
	case END:
		return;
	case BYTE_1:
	case BYTE_2:
	case BYTE_4:
	case BYTE_8:
		read_bytes(reader, 1u << (operand - BYTE_1));
		return;
	case LEB:
		read_leb(reader);
		return;
	case REGISTER:
		if (read_leb(reader) >= arch->dwarf_registers)
			reader->bad = true;
		return;
	case BLOCK:
		if (!expression_is_sound(read_block(reader, read_leb(reader))))
			reader->bad = true;
		return;
	case BAD:
		reader->bad = true;
		return;
	}
}

/* Call frame instructions that are not in their byte's two highest bits. */
static const enum operand instructions[64][OPERANDS_MAX] = {
	[0x00] = {END},                /* nop */
	[0x01] = {BAD},                /* set_loc: nobody uses it */
	[0x02] = {BYTE_1},             /* advance_loc1 */
	[0x03] = {BYTE_2},             /* advance_loc2 */
	[0x04] = {BYTE_4},             /* advance_loc4 */
	[0x05] = {REGISTER, LEB},      /* offset_extended */
	[0x06] = {REGISTER},           /* restore_extended */
	[0x07] = {REGISTER},           /* undefined */
	[0x08] = {REGISTER},           /* same_value */
	[0x09] = {REGISTER, REGISTER}, /* register */
	[0x0a] = {END},                /* remember_state */
	[0x0b] = {END},                /* restore_state */
	[0x0c] = {REGISTER, LEB},      /* def_cfa */
	[0x0d] = {REGISTER},           /* def_cfa_register */
	[0x0e] = {LEB},                /* def_cfa_offset */
	[0x0f] = {BLOCK},              /* def_cfa_expression */
	[0x10] = {REGISTER, BLOCK},    /* expression */
	[0x11] = {REGISTER, LEB},      /* offset_extended_sf */
	[0x12] = {REGISTER, LEB},      /* def_cfa_sf */
	[0x13] = {LEB},                /* def_cfa_offset_sf */
	[0x14] = {BAD},                /* val_offset: libunwind 1.6 does not know it */
	[0x15] = {BAD},                /* val_offset_sf */
	[0x16] = {REGISTER, BLOCK},    /* val_expression */
	[0x17 ... 0x2d] = {BAD},       /* what other processors use */
	[0x2e] = {LEB},                /* GNU_args_size */
	[0x2f] = {REGISTER, LEB},      /* GNU_negative_offset_extended */
	[0x30 ... 0x3f] = {BAD},
};

/* advance_loc and restore have all in the byte, offset has one operand more. */
static const enum operand *instruction_operands(uint8_t instruction)
{
	static const enum operand none[OPERANDS_MAX] = {END}, one[OPERANDS_MAX] = {LEB};

	if (instruction >> 6)
		return instruction >> 6 == 2 ? one : none;
	return instructions[instruction];
}

static bool advances(uint8_t instruction)
{
	return instruction >> 6 == 1 || (instruction >= 0x02 && instruction <= 0x04);
}

/* The base of the frame must be told before the code is gone on in: all of it may be asked for. */
static void note_instruction(struct program *program, uint8_t instruction, struct reader *reader)
{
	if (instruction == 0x0c || instruction == 0x0f || instruction == 0x12)
		program->frame_defined = true;
	if (advances(instruction) && !program->frame_defined)
		reader->bad = true;
	if (instruction == 0x0a && ++program->remembered > REMEMBERED_MAX)
		reader->bad = true;
	if (instruction == 0x0b && program->remembered)
		program->remembered--;
}

static bool program_is_sound(struct reader reader, struct program *program)
{
	while (!reader.bad && reader.at < reader.end) {
		uint8_t instruction = (uint8_t)read_bytes(&reader, 1);
		const enum operand *operands = instruction_operands(instruction);

		for (int i = 0; i < OPERANDS_MAX && operands[i] != END; i++)
			check_operand(&reader, operands[i]);
		note_instruction(program, instruction, &reader);
	}
	return !reader.bad;
}

/* "zPLR" and the like: what there is in the common part, and in each entry. */
static bool read_augmentation(struct reader *reader, char *text)
{
	for (int i = 0; i < AUGMENTATION_MAX; i++) {
		text[i] = (char)read_bytes(reader, 1);
		if (!text[i])
			return !reader->bad;
	}
	return false;
}

/* libunwind takes the program to begin behind what the letters say, so that must be true. */
static bool read_augmented(struct reader *reader, const char *letters, struct common *common)
{
	struct reader data = read_block(reader, read_leb(reader));

	for (; *letters; letters++) {
		switch (*letters) {
		case 'L':
			read_bytes(&data, 1);
			break;
		case 'P':
			skip_pointer(&data, (uint8_t)read_bytes(&data, 1));
			break;
		case 'R':
			common->encoding = (uint8_t)read_bytes(&data, 1);
			break;
		case 'S':
		case 'B':
			break;
		default:
			return false;
		}
	}
	return !data.bad && data.at == data.end;
}

/* Length, 0, version, augmentation, two factors, the return address's register, the program. */
static bool read_common(struct reader *reader, struct common *common)
{
	char augmentation[AUGMENTATION_MAX];
	uint64_t id = read_bytes(reader, 4), version = read_bytes(reader, 1), column;

	if (id || (version != 1 && version != 3) || !read_augmentation(reader, augmentation))
		return false;
	read_leb(reader);
	read_leb(reader);
	column = version == 1 ? read_bytes(reader, 1) : read_leb(reader);
	if (column >= arch->dwarf_registers)
		return false;
	*common = (struct common){.sized = augmentation[0] == 'z'};
	if (augmentation[0] && !common->sized)
		return false;
	if (common->sized && !read_augmented(reader, augmentation + 1, common))
		return false;
	common->program = *reader;
	return !reader->bad;
}

/* Length, how far back the common part is, where the code is, its size, the program. */
static bool read_entry(struct view *view, uint64_t fde, struct reader *entry, struct common *common)
{
	struct reader shared;
	uint64_t back_from, back;

	*entry = read_record(view, fde);
	back_from = entry->at;
	back = read_bytes(entry, 4);
	if (entry->bad || !back || back > INT32_MAX)
		return false;
	shared = read_record(view, back_from - back);
	return !shared.bad && read_common(&shared, common);
}

bool cfi_is_sound(struct view *view, uint64_t fde)
{
	struct program program = {0};
	struct common common;
	struct reader entry;

	if (!read_entry(view, fde, &entry, &common) || !program_is_sound(common.program, &program))
		return false;
	skip_pointer(&entry, common.encoding);
	skip_pointer(&entry, common.encoding);
	if (common.sized)
		read_block(&entry, read_leb(&entry));
	return program_is_sound(entry, &program) && program.frame_defined;
}

/* Of 32 or 64 bits, absolute or counted from where it stands, as all assemblers make them. */
static uint64_t read_pointer(struct reader *reader, uint8_t encoding)
{
	uint64_t base = encoding & ENCODING_RELATIVE ? reader->at : 0;

	switch (encoding & ~ENCODING_RELATIVE) {
	case ENCODING_ABSOLUTE:
	case ENCODING_UNSIGNED_8:
	case ENCODING_SIGNED_8:
		return base + read_bytes(reader, 8);
	case ENCODING_UNSIGNED_4:
		return base + read_bytes(reader, 4);
	case ENCODING_SIGNED_4:
		return base + (uint64_t)(int32_t)read_bytes(reader, 4);
	}
	reader->bad = true;
	return 0;
}

bool cfi_read(struct view *view, uint64_t record, uint64_t *start, uint64_t *next)
{
	struct reader entry = read_record(view, record);
	struct common common;

	*next = entry.end;
	*start = 0;
	if (entry.bad || !read_bytes(&entry, 4))
		return !entry.bad;
	if (!read_entry(view, record, &entry, &common))
		return false;
	*start = read_pointer(&entry, common.encoding);
	return !entry.bad;
}
