/* Entries of .eh_frame, and whether they are fit to be interpreted (DWARF 5, 6.4). */
#include "unwind/cfi.h"

#include "arch/arch.h"
#include "unwind/reader.h"

/* More states than that are not remembered at once; each costs libunwind memory. */
#define REMEMBERED_MAX 64

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
		check_operand(
			&expression, operation_operand((uint8_t)reader_bytes(&expression, 1)));
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
		reader_bytes(reader, 1u << (operand - BYTE_1));
		return;
	case LEB:
		reader_leb(reader);
		return;
	case REGISTER:
		if (reader_leb(reader) >= arch->dwarf_registers)
			reader->bad = true;
		return;
	case BLOCK:
		if (!expression_is_sound(reader_block(reader, reader_leb(reader))))
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
		uint8_t instruction = (uint8_t)reader_bytes(&reader, 1);
		const enum operand *operands = instruction_operands(instruction);

		for (int i = 0; i < OPERANDS_MAX && operands[i] != END; i++)
			check_operand(&reader, operands[i]);
		note_instruction(program, instruction, &reader);
	}
	return !reader.bad;
}

bool cfi_is_sound(struct view *view, uint64_t fde)
{
	struct program program = {0};
	struct cfi_entry entry;

	return cfi_open(view, fde, &entry) && program_is_sound(entry.common.program, &program) &&
	       program_is_sound(entry.program, &program) && program.frame_defined;
}

bool cfi_read(struct view *view, uint64_t record, uint64_t *start, uint64_t *next)
{
	struct reader reader = reader_record(view, record);
	struct cfi_entry entry;

	*next = reader.end;
	*start = 0;
	if (reader.bad || !reader_bytes(&reader, 4))
		return !reader.bad;
	if (!cfi_open(view, record, &entry))
		return false;
	*start = entry.start;
	return true;
}
