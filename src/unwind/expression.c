/* Evaluating expressions of call frame information. */
#include "unwind/expression.h"

#include "arch/arch.h"

#define STACK_MAX 16

struct evaluation {
	const uint8_t *at, *end;
	const uint64_t *registers;
	struct window *window;
	uint64_t stack[STACK_MAX];
	unsigned depth;
	bool bad;
};

static void push(struct evaluation *evaluation, uint64_t value)
{
	if (evaluation->depth == STACK_MAX)
		evaluation->bad = true;
	else
		evaluation->stack[evaluation->depth++] = value;
}

static uint64_t pop(struct evaluation *evaluation)
{
	if (evaluation->depth)
		return evaluation->stack[--evaluation->depth];
	evaluation->bad = true;
	return 0;
}

/* The one that lies so far below the top one. */
static uint64_t peek(struct evaluation *evaluation, uint64_t below)
{
	if (below < evaluation->depth)
		return evaluation->stack[evaluation->depth - 1 - below];
	evaluation->bad = true;
	return 0;
}

static uint64_t operand(struct evaluation *evaluation, size_t size)
{
	uint64_t value = 0;

	if ((size_t)(evaluation->end - evaluation->at) < size) {
		evaluation->bad = true;
		return 0;
	}
	memcpy(&value, evaluation->at, size);
	evaluation->at += size;
	return value;
}

static uint64_t extend(uint64_t value, unsigned bits)
{
	return bits < 64 && value >> (bits - 1) & 1 ? value | ~(uint64_t)0 << bits : value;
}

static uint64_t operand_leb(struct evaluation *evaluation, bool is_signed)
{
	uint64_t value = 0, byte;

	for (unsigned shift = 0; shift < 64 && !evaluation->bad; shift += 7) {
		byte = operand(evaluation, 1);
		value |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return is_signed ? extend(value, shift + 7) : value;
	}
	evaluation->bad = true;
	return 0;
}

static void dereference(struct evaluation *evaluation, uint64_t size)
{
	uint64_t word = 0;

	if (size == 0 || size > sizeof word ||
		!window_read(evaluation->window, pop(evaluation), &word))
		evaluation->bad = true;
	else
		push(evaluation, size == sizeof word ? word : word & ~(~(uint64_t)0 << size * 8));
}

/* Constants of 1, 2, 4 and 8 bytes, without and with a sign. */
static void push_constant(struct evaluation *evaluation, uint8_t operation)
{
	unsigned size = 1u << ((operation - 0x08) / 2);
	uint64_t value = operand(evaluation, size);

	push(evaluation, operation & 1 ? extend(value, size * 8) : value);
}

static void rotate(struct evaluation *evaluation)
{
	uint64_t first = pop(evaluation), second = pop(evaluation), third = pop(evaluation);

	push(evaluation, first);
	push(evaluation, third);
	push(evaluation, second);
}

static void swap(struct evaluation *evaluation)
{
	uint64_t first = pop(evaluation), second = pop(evaluation);

	push(evaluation, first);
	push(evaluation, second);
}

static uint64_t shift_right_signed(uint64_t value, uint64_t by)
{
	return (uint64_t)((int64_t)value >> (by < 63 ? by : 63));
}

/* Division is left out, since it may trap. */
static uint64_t combine(struct evaluation *evaluation, uint8_t operation)
{
	uint64_t right = pop(evaluation), left = pop(evaluation);

	switch (operation) {
	case 0x1a:
		return left & right;
	case 0x1c:
		return left - right;
	case 0x1e:
		return left * right;
	case 0x21:
		return left | right;
	case 0x22:
		return left + right;
	case 0x24:
		return right < 64 ? left << right : 0;
	case 0x25:
		return right < 64 ? left >> right : 0;
	case 0x26:
		return shift_right_signed(left, right);
	case 0x27:
		return left ^ right;
	case 0x29:
		return left == right;
	case 0x2a:
		return (int64_t)left >= (int64_t)right;
	case 0x2b:
		return (int64_t)left > (int64_t)right;
	case 0x2c:
		return (int64_t)left <= (int64_t)right;
	case 0x2d:
		return (int64_t)left < (int64_t)right;
	case 0x2e:
		return left != right;
	}
	evaluation->bad = true;
	return 0;
}

static uint64_t absolute(uint64_t value)
{
	return (int64_t)value < 0 ? -value : value;
}

static void compute(struct evaluation *evaluation, uint8_t operation)
{
	switch (operation) {
	case 0x12: /* dup */
		push(evaluation, peek(evaluation, 0));
		return;
	case 0x13: /* drop */
		pop(evaluation);
		return;
	case 0x14: /* over */
		push(evaluation, peek(evaluation, 1));
		return;
	case 0x15: /* pick */
		push(evaluation, peek(evaluation, operand(evaluation, 1)));
		return;
	case 0x16:
		swap(evaluation);
		return;
	case 0x17:
		rotate(evaluation);
		return;
	case 0x19: /* abs */
		push(evaluation, absolute(pop(evaluation)));
		return;
	case 0x1f: /* neg */
		push(evaluation, -pop(evaluation));
		return;
	case 0x20: /* not */
		push(evaluation, ~pop(evaluation));
		return;
	case 0x23: /* plus_uconst */
		push(evaluation, pop(evaluation) + operand_leb(evaluation, false));
		return;
	default:
		push(evaluation, combine(evaluation, operation));
	}
}

static void push_register(struct evaluation *evaluation, unsigned number)
{
	uint64_t offset = operand_leb(evaluation, true);

	if (number < arch->dwarf_registers)
		push(evaluation, evaluation->registers[number] + offset);
	else
		evaluation->bad = true;
}

static void perform(struct evaluation *evaluation, uint8_t operation)
{
	if (operation == 0x06)
		dereference(evaluation, sizeof(uint64_t));
	else if (operation == 0x94)
		dereference(evaluation, operand(evaluation, 1));
	else if (operation >= 0x08 && operation <= 0x0f)
		push_constant(evaluation, operation);
	else if (operation == 0x10 || operation == 0x11)
		push(evaluation, operand_leb(evaluation, operation == 0x11));
	else if (operation >= 0x12 && operation <= 0x2e)
		compute(evaluation, operation);
	else if (operation >= 0x30 && operation <= 0x4f)
		push(evaluation, operation - 0x30u);
	else if (operation >= 0x70 && operation <= 0x8f)
		push_register(evaluation, operation - 0x70u);
	else if (operation != 0x96)
		evaluation->bad = true;
}

bool expression_evaluate(const struct expression *expression, const uint64_t *registers,
	struct window *window, const uint64_t *base, uint64_t *value)
{
	struct evaluation evaluation = {
		.at = expression->bytes,
		.end = expression->bytes + expression->size,
		.registers = registers,
		.window = window,
	};

	if (base)
		push(&evaluation, *base);
	while (!evaluation.bad && evaluation.at < evaluation.end)
		perform(&evaluation, *evaluation.at++);
	*value = pop(&evaluation);
	return !evaluation.bad;
}
