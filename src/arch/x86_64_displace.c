/*
 * How an x86-64 instruction is displaced by a breakpoint and happens all the same.
 *
 * A slot holds a copy of the instruction, and behind it a jump to the one that follows in
 * the original code:
 *
 *     mov 0x2f3a(%rip),%rax        relocated, so that it means the same from here
 *     jmp next
 *
 * Nops and direct jumps need no code, only a pc. Calls are emulated, since a call from the
 * slot would push the slot's address.
 */
#include "arch/x86_64.h"

#include <Zydis/Zydis.h>
#include <string.h>

struct decoded {
	ZydisDecodedInstruction instruction;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

static bool decode(const uint8_t *bytes, size_t size, struct decoded *decoded)
{
	ZydisDecoder decoder;

	return ZYAN_SUCCESS(ZydisDecoderInit(
		       &decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) &&
	       ZYAN_SUCCESS(ZydisDecoderDecodeFull(
		       &decoder, bytes, size, &decoded->instruction, decoded->operands));
}

static bool fits_32(int64_t value)
{
	return value == (int32_t)value;
}

/* The operand of a relative branch, counted from the instruction's end. */
static struct target_address branch_target(
	const struct decoded *decoded, struct target_address address)
{
	return address_plus(
		address, decoded->instruction.length + decoded->operands[0].imm.value.s);
}

static bool is_relative_branch(const struct decoded *decoded)
{
	return decoded->operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
	       decoded->operands[0].imm.is_relative;
}

/* The number of a 64-bit register, or ARCH_NO_REGISTER. */
static uint8_t register_number(ZydisRegister reg)
{
	return ZydisRegisterGetClass(reg) == ZYDIS_REGCLASS_GPR64 ? (uint8_t)ZydisRegisterGetId(reg)
								  : ARCH_NO_REGISTER;
}

/* Whether the address is relative to the instruction's own place. */
static const ZydisDecodedOperand *relative_memory(const struct decoded *decoded)
{
	for (unsigned i = 0; i < decoded->instruction.operand_count; i++) {
		const ZydisDecodedOperand *operand = &decoded->operands[i];

		if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
			(operand->mem.base == ZYDIS_REGISTER_RIP ||
				operand->mem.base == ZYDIS_REGISTER_EIP))
			return operand;
	}
	return NULL;
}

/* The jump back behind the copy: near where it reaches, else through a word after it. */
static void append_jump(
	struct displaced *displaced, struct target_address slot, struct target_address to)
{
	uint8_t *at = displaced->slot + displaced->slot_used;
	int64_t distance = (int64_t)(to.value - (slot.value + displaced->slot_used + 5));
	int32_t near = (int32_t)distance;

	if (fits_32(distance)) {
		at[0] = 0xe9;
		memcpy(at + 1, &near, sizeof near);
		displaced->slot_used += 5;
		return;
	}
	memcpy(at, "\xff\x25\0\0\0\0", 6);
	memcpy(at + 6, &to.value, sizeof to.value);
	displaced->slot_used += 14;
}

/* Into the slot as it is. */
static void copy_to_slot(struct displaced *displaced, const uint8_t *bytes)
{
	memcpy(displaced->slot, bytes, displaced->length);
	displaced->slot_length = displaced->slot_used = displaced->length;
}

static void displace_ordinary(const struct decoded *decoded, const uint8_t *bytes,
	struct target_address address, struct target_address slot, struct displaced *displaced)
{
	const ZydisDecodedOperand *relative = relative_memory(decoded);
	int64_t moved = (int64_t)(address.value - slot.value);
	int32_t displacement;

	copy_to_slot(displaced, bytes);
	if (relative) {
		if (relative->mem.base != ZYDIS_REGISTER_RIP ||
			!fits_32(relative->mem.disp.value + moved))
			return;
		displacement = (int32_t)(relative->mem.disp.value + moved);
		memcpy(displaced->slot + decoded->instruction.raw.disp.offset, &displacement,
			sizeof displacement);
	}
	append_jump(displaced, slot, address_plus(address, displaced->length));
	displaced->action = DISPLACED_SLOT;
}

/* jcc becomes its 32-bit form; loop and jrcxz have none and are stepped. */
static void displace_conditional(const struct decoded *decoded, const uint8_t *bytes,
	struct target_address address, struct target_address slot, struct displaced *displaced)
{
	uint8_t opcode = decoded->instruction.opcode;
	int64_t distance = (int64_t)(branch_target(decoded, address).value - (slot.value + 6));
	int32_t near = (int32_t)distance;

	if (opcode >= 0xe0 && opcode <= 0xe3) {
		copy_to_slot(displaced, bytes);
		displaced->action = DISPLACED_STEP;
		return;
	}
	if (!fits_32(distance) || opcode == 0xc7 || opcode == 0xf8)
		return;
	displaced->slot[0] = 0x0f;
	displaced->slot[1] = 0x80 | (opcode & 0x0f);
	memcpy(displaced->slot + 2, &near, sizeof near);
	displaced->slot_length = displaced->slot_used = 6;
	append_jump(displaced, slot, address_plus(address, displaced->length));
	displaced->action = DISPLACED_SLOT;
}

static void displace_call(
	const struct decoded *decoded, struct target_address address, struct displaced *displaced)
{
	const ZydisDecodedOperand *operand = &decoded->operands[0];

	if (operand->type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
		displaced->operand = CALL_TARGET;
		displaced->target = branch_target(decoded, address);
	} else if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER && operand->size == 64) {
		displaced->operand = CALL_REGISTER;
		displaced->base = register_number(operand->reg.value);
	} else if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY && operand->size == 64 &&
		   operand->mem.segment != ZYDIS_REGISTER_FS &&
		   operand->mem.segment != ZYDIS_REGISTER_GS) {
		displaced->operand = CALL_MEMORY;
		displaced->base = register_number(operand->mem.base);
		displaced->index = register_number(operand->mem.index);
		displaced->scale = operand->mem.scale;
		displaced->displacement = operand->mem.disp.value;
		if (operand->mem.base == ZYDIS_REGISTER_RIP)
			displaced->displacement +=
				(int64_t)address.value + decoded->instruction.length;
		else if (decoded->instruction.address_width != 64)
			return;
	} else {
		return;
	}
	displaced->action = DISPLACED_CALL;
}

static void displace_jump(const struct decoded *decoded, const uint8_t *bytes,
	struct target_address address, struct target_address slot, struct displaced *displaced)
{
	if (!is_relative_branch(decoded)) {
		displace_ordinary(decoded, bytes, address, slot, displaced);
		return;
	}
	displaced->action = DISPLACED_SKIP;
	displaced->target = branch_target(decoded, address);
}

/*
 * syscall leaves the address behind it in rcx, which must not be the slot's:
 *
 *     syscall
 *     movabs $next,%rcx
 *     jmp next
 */
static void displace_syscall(const uint8_t *bytes, struct target_address address,
	struct target_address slot, struct displaced *displaced)
{
	struct target_address next = address_plus(address, displaced->length);

	copy_to_slot(displaced, bytes);
	memcpy(displaced->slot + displaced->slot_used, "\x48\xb9", 2);
	memcpy(displaced->slot + displaced->slot_used + 2, &next.value, sizeof next.value);
	displaced->slot_used += 10;
	append_jump(displaced, slot, next);
	displaced->action = DISPLACED_SLOT;
}

static bool is_nop(const ZydisDecodedInstruction *instruction)
{
	return instruction->mnemonic == ZYDIS_MNEMONIC_NOP ||
	       instruction->mnemonic == ZYDIS_MNEMONIC_ENDBR64;
}

void x86_64_displace(const uint8_t *bytes, size_t size, struct target_address address,
	struct target_address slot, struct displaced *displaced)
{
	struct decoded decoded;

	*displaced = (struct displaced){.action = DISPLACED_IMPOSSIBLE};
	displaced->base = displaced->index = ARCH_NO_REGISTER;
	if (!decode(bytes, size, &decoded))
		return;
	displaced->length = decoded.instruction.length;
	if (decoded.instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ||
		decoded.instruction.meta.category == ZYDIS_CATEGORY_INTERRUPT ||
		decoded.instruction.mnemonic == ZYDIS_MNEMONIC_XBEGIN)
		return;
	if (is_nop(&decoded.instruction)) {
		displaced->action = DISPLACED_SKIP;
		displaced->target = address_plus(address, displaced->length);
	} else if (decoded.instruction.meta.category == ZYDIS_CATEGORY_CALL) {
		displace_call(&decoded, address, displaced);
	} else if (decoded.instruction.meta.category == ZYDIS_CATEGORY_UNCOND_BR) {
		displace_jump(&decoded, bytes, address, slot, displaced);
	} else if (decoded.instruction.meta.category == ZYDIS_CATEGORY_COND_BR) {
		displace_conditional(&decoded, bytes, address, slot, displaced);
	} else if (decoded.instruction.mnemonic == ZYDIS_MNEMONIC_SYSCALL) {
		displace_syscall(bytes, address, slot, displaced);
	} else {
		displace_ordinary(&decoded, bytes, address, slot, displaced);
	}
}

/* Calls are 2 to 8 bytes long; decoding must end exactly where the bytes do. */
bool x86_64_ends_with_call(const uint8_t *bytes, size_t size)
{
	struct decoded decoded;

	for (size_t length = 2; length <= size && length <= ARCH_CALL_MAX; length++)
		if (decode(bytes + size - length, length, &decoded) &&
			decoded.instruction.length == length &&
			decoded.instruction.meta.category == ZYDIS_CATEGORY_CALL)
			return true;
	return false;
}

size_t x86_64_instruction_length(const uint8_t *code, size_t size)
{
	struct decoded decoded;

	return decode(code, size, &decoded) ? decoded.instruction.length : 0;
}

bool x86_64_may_jump_out(const uint8_t *code, size_t size, struct target_address address)
{
	struct decoded decoded;

	for (size_t at = 0; at < size; at += decoded.instruction.length) {
		struct target_address target;

		if (!decode(code + at, size - at, &decoded))
			return true;
		if (decoded.instruction.meta.category != ZYDIS_CATEGORY_UNCOND_BR &&
			decoded.instruction.meta.category != ZYDIS_CATEGORY_COND_BR)
			continue;
		if (!is_relative_branch(&decoded))
			return true;
		target = branch_target(&decoded, address_plus(address, (int64_t)at));
		if (target.value - address.value >= size)
			return true;
	}
	return false;
}

size_t x86_64_find_syscall(const uint8_t *code, size_t size)
{
	struct decoded decoded;

	for (size_t at = 0; at < size; at += decoded.instruction.length) {
		if (!decode(code + at, size - at, &decoded))
			return 0;
		if (decoded.instruction.mnemonic == ZYDIS_MNEMONIC_SYSCALL)
			return at + decoded.instruction.length;
	}
	return 0;
}

enum arch_access x86_64_access(const uint8_t *code, size_t size)
{
	struct decoded decoded;
	bool reads = false, writes = false;

	if (!decode(code, size, &decoded))
		return ARCH_ACCESS_UNKNOWN;
	for (unsigned i = 0; i < decoded.instruction.operand_count; i++) {
		const ZydisDecodedOperand *operand = &decoded.operands[i];

		if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY ||
			operand->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
			continue;
		if (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
			writes = true;
		else
			reads = true;
	}
	if (reads && writes)
		return ARCH_ACCESS_BOTH;
	if (reads)
		return ARCH_ACCESS_READ;
	return writes ? ARCH_ACCESS_WRITE : ARCH_ACCESS_UNKNOWN;
}
