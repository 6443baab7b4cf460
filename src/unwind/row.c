/* Interpreting the programs of .eh_frame up to one place in the code (DWARF 5, 6.4.2). */
#include "unwind/row.h"

#include "unwind/expression.h"
#include "unwind/reader.h"

/* States within states: compilers have one. */
#define REMEMBERED_MAX 8

struct interpreter {
	struct cfi_common *common;
	struct row row, initial;
	struct row remembered[REMEMBERED_MAX];
	unsigned remembered_count;
	uint64_t location, pc;
};

static int64_t factored(const struct interpreter *interpreter, uint64_t offset)
{
	return (int64_t)(offset * (uint64_t)interpreter->common->data_factor);
}

/* Registers that nobody follows, as those of vectors, may be anywhere. */
static void set_place(struct interpreter *interpreter, uint64_t number, struct place place)
{
	if (number < arch->dwarf_registers)
		interpreter->row.registers[number] = place;
}

static void set_saved(struct interpreter *interpreter, uint64_t number, int64_t offset)
{
	set_place(interpreter, number, (struct place){.kind = PLACE_SAVED, .offset = offset});
}

static void set_initial(struct interpreter *interpreter, uint64_t number)
{
	if (number < arch->dwarf_registers)
		set_place(interpreter, number, interpreter->initial.registers[number]);
}

static void set_register(struct interpreter *interpreter, uint64_t number, struct reader *reader)
{
	uint64_t from = reader_leb(reader);

	if (from >= arch->dwarf_registers)
		reader->bad = true;
	set_place(interpreter, number,
		(struct place){.kind = PLACE_REGISTER, .number = (uint8_t)from});
}

static struct place read_expression(struct reader *reader, enum place_kind kind)
{
	struct reader block = reader_block(reader, reader_leb(reader));
	uint64_t size = block.end - block.at;

	if (size > EXPRESSION_MAX)
		reader->bad = true;
	return (struct place){
		.kind = (uint8_t)kind, .size = (uint16_t)size, .offset = (int64_t)block.at};
}

static void set_base(
	struct interpreter *interpreter, struct reader *reader, uint64_t number, int64_t offset)
{
	if (number >= arch->dwarf_registers)
		reader->bad = true;
	interpreter->row.base =
		(struct place){.kind = PLACE_REGISTER, .number = (uint8_t)number, .offset = offset};
}

static void remember(struct interpreter *interpreter, struct reader *reader)
{
	if (interpreter->remembered_count == REMEMBERED_MAX)
		reader->bad = true;
	else
		interpreter->remembered[interpreter->remembered_count++] = interpreter->row;
}

static void recall(struct interpreter *interpreter, struct reader *reader)
{
	if (!interpreter->remembered_count)
		reader->bad = true;
	else
		interpreter->row = interpreter->remembered[--interpreter->remembered_count];
}

static void advance(struct interpreter *interpreter, uint64_t by)
{
	interpreter->location += by * interpreter->common->code_factor;
}

/* Those that are about the base of the frame; an operand's order is that of the bytes. */
static void interpret_base(
	struct interpreter *interpreter, uint8_t instruction, struct reader *reader)
{
	struct place *base = &interpreter->row.base;
	uint64_t number;

	switch (instruction) {
	case 0x0c: /* def_cfa */
		number = reader_leb(reader);
		set_base(interpreter, reader, number, (int64_t)reader_leb(reader));
		return;
	case 0x0d: /* def_cfa_register */
		set_base(interpreter, reader, reader_leb(reader), base->offset);
		return;
	case 0x0e: /* def_cfa_offset */
		base->offset = (int64_t)reader_leb(reader);
		return;
	case 0x0f: /* def_cfa_expression */
		*base = read_expression(reader, PLACE_VALUE);
		return;
	case 0x12: /* def_cfa_sf */
		number = reader_leb(reader);
		set_base(interpreter, reader, number,
			factored(interpreter, (uint64_t)reader_signed_leb(reader)));
		return;
	case 0x13: /* def_cfa_offset_sf */
		base->offset = factored(interpreter, (uint64_t)reader_signed_leb(reader));
		return;
	default:
		reader->bad = true;
	}
}

/* Those that are about a register, which is their first operand. */
static void interpret_register(
	struct interpreter *interpreter, uint8_t instruction, struct reader *reader)
{
	uint64_t number = reader_leb(reader), offset;

	switch (instruction) {
	case 0x05: /* offset_extended */
		set_saved(interpreter, number, factored(interpreter, reader_leb(reader)));
		return;
	case 0x06: /* restore_extended */
		set_initial(interpreter, number);
		return;
	case 0x07: /* undefined */
		set_place(interpreter, number, (struct place){.kind = PLACE_UNDEFINED});
		return;
	case 0x08: /* same_value */
		set_place(interpreter, number, (struct place){.kind = PLACE_SAME});
		return;
	case 0x09: /* register */
		set_register(interpreter, number, reader);
		return;
	case 0x10: /* expression */
		set_place(interpreter, number, read_expression(reader, PLACE_EXPRESSION));
		return;
	case 0x11: /* offset_extended_sf */
		offset = (uint64_t)reader_signed_leb(reader);
		set_saved(interpreter, number, factored(interpreter, offset));
		return;
	case 0x14: /* val_offset, val_offset_sf */
	case 0x15:
		offset = instruction == 0x14 ? reader_leb(reader)
					     : (uint64_t)reader_signed_leb(reader);
		set_place(interpreter, number,
			(struct place){
				.kind = PLACE_OFFSET, .offset = factored(interpreter, offset)});
		return;
	case 0x16: /* val_expression */
		set_place(interpreter, number, read_expression(reader, PLACE_VALUE));
		return;
	case 0x2f: /* GNU_negative_offset_extended */
		set_saved(interpreter, number, factored(interpreter, -reader_leb(reader)));
		return;
	default:
		reader->bad = true;
	}
}

static void interpret_extended(
	struct interpreter *interpreter, uint8_t instruction, struct reader *reader)
{
	switch (instruction) {
	case 0x00: /* nop */
		return;
	case 0x02: /* advance_loc1, 2, 4 */
	case 0x03:
	case 0x04:
		advance(interpreter, reader_bytes(reader, 1u << (instruction - 0x02)));
		return;
	case 0x0a:
		remember(interpreter, reader);
		return;
	case 0x0b:
		recall(interpreter, reader);
		return;
	case 0x2e: /* GNU_args_size */
		reader_leb(reader);
		return;
	case 0x0c ... 0x0f:
	case 0x12:
	case 0x13:
		interpret_base(interpreter, instruction, reader);
		return;
	default:
		interpret_register(interpreter, instruction, reader);
	}
}

/* Three have an operand in the byte itself. */
static void interpret(struct interpreter *interpreter, uint8_t instruction, struct reader *reader)
{
	uint8_t low = instruction & 0x3f;

	switch (instruction >> 6) {
	case 0:
		interpret_extended(interpreter, low, reader);
		return;
	case 1:
		advance(interpreter, low);
		return;
	case 2:
		set_saved(interpreter, low, factored(interpreter, reader_leb(reader)));
		return;
	default:
		set_initial(interpreter, low);
	}
}

/* What follows an advance past the place is of what comes behind it. */
static bool run(struct interpreter *interpreter, struct reader reader)
{
	while (!reader.bad && reader.at < reader.end) {
		interpret(interpreter, (uint8_t)reader_bytes(&reader, 1), &reader);
		if (interpreter->location > interpreter->pc)
			break;
	}
	return !reader.bad;
}

bool row_read(struct view *view, uint64_t fde, uint64_t pc, struct row *row)
{
	struct cfi_entry entry;
	struct interpreter interpreter;

	if (!cfi_open(view, fde, &entry) || pc - entry.start >= entry.size)
		return false;
	interpreter.common = &entry.common;
	interpreter.remembered_count = 0;
	interpreter.location = entry.start;
	interpreter.pc = pc;
	interpreter.row = (struct row){.return_column = (uint8_t)entry.common.return_column,
		.is_signal = entry.common.is_signal};
	interpreter.initial = interpreter.row;
	if (!run(&interpreter, entry.common.program))
		return false;
	interpreter.initial = interpreter.row;
	if (!run(&interpreter, entry.program) || interpreter.row.base.kind == PLACE_SAME)
		return false;
	*row = interpreter.row;
	return true;
}
