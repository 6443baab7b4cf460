/*
 * A brk() that makes the heap larger goes round the breakpoint behind it.
 *
 *     mov $12,%eax                          jmp slot
 *     syscall                      ->       syscall
 *     mov 0x2f3a(%rip),%rdx                 int3
 *
 * In the slot the kernel is asked where the heap ends, which takes a tenth of a microsecond, and
 * what makes it smaller is done as before:
 *
 *     mov %rdi,%rdx                         asks for an end
 *     xor %edi,%edi
 *     mov $12,%eax
 *     syscall                               which one it has
 *     mov %rdx,%rdi
 *     cmp %rax,%rdi
 *     mov $12,%eax
 *     jae 1f
 *     jmp 0f                                to the syscall in the program's own code
 *  1: syscall
 *     movabs $behind,%rcx                   as that would have left it
 *     jmp displaced                         what the breakpoint took the place of
 *
 * For that a register is needed which nobody reads any more. What is behind the system call tells
 * one: the instruction there writes to it. Nothing touches the stack: that could bring a page.
 */
#include "arch/x86_64.h"

#include <Zydis/Zydis.h>
#include <linux/unistd.h>
#include <string.h>

#define JUMP_SIZE 5
#define SYSCALL_SIZE 2

/* Offsets in the slot. */
#define ASKS 3
#define RESTORED 15
#define GROWN 32

static const uint8_t set_number[] = {0xb8, __NR_brk, 0, 0, 0};

/* The registers that have a meaning there, and the two that a system call changes. */
static bool is_spare(uint8_t reg)
{
	enum { RAX, RCX, RSP = 4, RDI = 7, R11 = 11 };

	return reg != RAX && reg != RCX && reg != RSP && reg != RDI && reg != R11;
}

/* The number of the register that this instruction writes all of, and does not read. */
static bool find_spare(const uint8_t *code, size_t size, uint8_t *spare)
{
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction instruction;
	ZydisDecoder decoder;

	if (ZYAN_FAILED(
		    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) ||
		ZYAN_FAILED(ZydisDecoderDecodeFull(&decoder, code, size, &instruction, operands)) ||
		instruction.mnemonic != ZYDIS_MNEMONIC_MOV ||
		operands[0].type != ZYDIS_OPERAND_TYPE_REGISTER ||
		ZydisRegisterGetClass(operands[0].reg.value) != ZYDIS_REGCLASS_GPR64)
		return false;
	*spare = (uint8_t)ZydisRegisterGetId(operands[0].reg.value);
	if (operands[1].type == ZYDIS_OPERAND_TYPE_MEMORY &&
		(operands[1].mem.base == operands[0].reg.value ||
			operands[1].mem.index == operands[0].reg.value))
		return false;
	return is_spare(*spare) && operands[1].type != ZYDIS_OPERAND_TYPE_REGISTER;
}

/* Code that is being written. */
struct writer {
	struct bypass *bypass;
	struct target_address slot;
	bool reaches;
};

static void append(struct writer *writer, const void *bytes, size_t size)
{
	memcpy(writer->bypass->code + writer->bypass->size, bytes, size);
	writer->bypass->size += (uint8_t)size;
}

/* A jump at one place to another. */
static bool make_jump(struct target_address at, struct target_address to, uint8_t jump[JUMP_SIZE])
{
	int64_t distance = (int64_t)(to.value - at.value - JUMP_SIZE);
	int32_t near = (int32_t)distance;

	jump[0] = 0xe9;
	memcpy(jump + 1, &near, sizeof near);
	return near == distance;
}

static void append_jump(struct writer *writer, struct target_address to)
{
	uint8_t jump[JUMP_SIZE];

	writer->reaches &= make_jump(address_plus(writer->slot, writer->bypass->size), to, jump);
	append(writer, jump, sizeof jump);
}

/* Between the spare register and rdi. */
static void append_move(struct writer *writer, uint8_t to, uint8_t from)
{
	const uint8_t move[] = {(uint8_t)(0x48 | from >> 3 << 2 | to >> 3), 0x89,
		(uint8_t)(0xc0 | (from & 7) << 3 | (to & 7))};

	append(writer, move, sizeof move);
}

static void append_slot(struct writer *writer, uint8_t spare, struct target_address behind,
	struct target_address displaced)
{
	append_move(writer, spare, 7);
	append(writer, "\x31\xff", 2);
	append(writer, set_number, sizeof set_number);
	append(writer, "\x0f\x05", 2);
	append_move(writer, 7, spare);
	append(writer, "\x48\x39\xc7", 3);
	append(writer, set_number, sizeof set_number);
	append(writer, "\x73\x05", 2);
	append_jump(writer, address_plus(behind, -SYSCALL_SIZE));
	append(writer, "\x0f\x05", 2);
	append(writer, "\x48\xb9", 2);
	append(writer, &behind.value, sizeof behind.value);
	append_jump(writer, displaced);
}

bool x86_64_make_bypass(const uint8_t *code, size_t size, struct target_address behind,
	struct target_address slot, struct target_address displaced, struct bypass *bypass)
{
	struct writer writer = {.bypass = bypass, .slot = slot, .reaches = true};

	*bypass = (struct bypass){.start = address_plus(behind, -SYSCALL_SIZE - JUMP_SIZE),
		.slot = slot,
		.length = JUMP_SIZE};
	if (size <= JUMP_SIZE + SYSCALL_SIZE || memcmp(code, set_number, sizeof set_number) != 0 ||
		memcmp(code + JUMP_SIZE, "\x0f\x05", 2) != 0 ||
		!find_spare(code + JUMP_SIZE + SYSCALL_SIZE, size - JUMP_SIZE - SYSCALL_SIZE,
			&bypass->spare))
		return false;
	memcpy(bypass->original, code, JUMP_SIZE);
	append_slot(&writer, bypass->spare, behind, displaced);
	return make_jump(bypass->start, slot, bypass->jump) && writer.reaches;
}

void x86_64_leave_bypass(const struct bypass *bypass, struct registers *registers)
{
	uint64_t offset = registers->native.rip - bypass->slot.value;
	uint64_t numbered[] = {0, 0, registers->native.rdx, registers->native.rbx, 0,
		registers->native.rbp, registers->native.rsi, 0, registers->native.r8,
		registers->native.r9, registers->native.r10, 0, registers->native.r12,
		registers->native.r13, registers->native.r14, registers->native.r15};

	if (offset >= ASKS && offset < RESTORED)
		registers->native.rdi = numbered[bypass->spare];
	registers->native.rip =
		bypass->start.value + (offset < GROWN ? 0 : JUMP_SIZE + SYSCALL_SIZE);
}
