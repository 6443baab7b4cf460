/* Displaced instructions of x86-64: what runs out of line, what is emulated, what is refused. */
#include "arch/arch.h"

#include <criterion/criterion.h>
#include <string.h>

#define CODE 0x555555555000u
#define SLOT 0x555555150000u
#define FAR_SLOT 0x7ffff7f00000u

static struct displaced displaced;

static void displace_to(const char *code, size_t size, uint64_t slot)
{
	uint8_t bytes[ARCH_INSTRUCTION_MAX];

	memset(bytes, 0x90, sizeof bytes);
	memcpy(bytes, code, size);
	arch->displace(bytes, sizeof bytes, target_address(CODE), target_address(slot), &displaced);
}

#define DISPLACE(code) displace_to(code, sizeof(code) - 1, SLOT)
#define DISPLACE_FAR(code) displace_to(code, sizeof(code) - 1, FAR_SLOT)

static int32_t word_at(size_t offset)
{
	int32_t word;

	memcpy(&word, displaced.slot + offset, sizeof word);
	return word;
}

/* A near jump at this offset of the slot goes here. */
static uint64_t jump_at(size_t offset)
{
	cr_assert_eq(displaced.slot[offset], 0xe9);
	return SLOT + offset + 5 + (uint64_t)(int64_t)word_at(offset + 1);
}

Test(displace, ordinary_instructions_are_copied)
{
	DISPLACE("\x55"); /* push %rbp */
	cr_assert_eq(displaced.action, DISPLACED_SLOT);
	cr_assert_eq(displaced.slot[0], 0x55);
	cr_assert_eq(jump_at(1), CODE + 1);
	DISPLACE("\x48\x83\xec\x28"); /* sub $0x28,%rsp */
	cr_assert_eq(displaced.action, DISPLACED_SLOT);
	cr_assert_eq(displaced.length, 4);
	cr_assert_eq(jump_at(4), CODE + 4);
	DISPLACE("\xc3"); /* ret */
	cr_assert_eq(displaced.action, DISPLACED_SLOT);
}

Test(displace, a_far_slot_jumps_back_through_a_word)
{
	uint64_t back;

	DISPLACE_FAR("\x55");
	cr_assert_eq(displaced.action, DISPLACED_SLOT);
	cr_assert_arr_eq(displaced.slot + 1, "\xff\x25\0\0\0\0", 6);
	memcpy(&back, displaced.slot + 7, sizeof back);
	cr_assert_eq(back, CODE + 1);
	cr_assert_leq(displaced.slot_used, ARCH_SLOT_SIZE);
}

Test(displace, relative_operands_are_relocated)
{
	DISPLACE("\x48\x8b\x05\x10\x20\x00\x00"); /* mov 0x2010(%rip),%rax */
	cr_assert_eq(displaced.action, DISPLACED_SLOT);
	cr_assert_eq(SLOT + 7 + (uint64_t)(int64_t)word_at(3), CODE + 7 + 0x2010);
	DISPLACE("\x83\x3d\x10\x20\x00\x00\x05"); /* cmpl $5,0x2010(%rip): an immediate behind */
	cr_assert_eq(displaced.action, DISPLACED_SLOT);
	cr_assert_eq(SLOT + 7 + (uint64_t)(int64_t)word_at(2), CODE + 7 + 0x2010);
	cr_assert_eq(displaced.slot[6], 5);
	DISPLACE_FAR("\x48\x8b\x05\x10\x20\x00\x00");
	cr_assert_eq(displaced.action, DISPLACED_IMPOSSIBLE);
}

Test(displace, nops_and_jumps_need_no_slot)
{
	DISPLACE("\xf3\x0f\x1e\xfa"); /* endbr64 */
	cr_assert_eq(displaced.action, DISPLACED_SKIP);
	cr_assert_eq(displaced.target.value, CODE + 4);
	DISPLACE("\x66\x0f\x1f\x44\x00\x00"); /* nopw */
	cr_assert_eq(displaced.action, DISPLACED_SKIP);
	cr_assert_eq(displaced.target.value, CODE + 6);
	DISPLACE("\xeb\xfe"); /* jmp to itself */
	cr_assert_eq(displaced.action, DISPLACED_SKIP);
	cr_assert_eq(displaced.target.value, CODE);
	DISPLACE("\xe9\x00\x01\x00\x00");
	cr_assert_eq(displaced.target.value, CODE + 5 + 0x100);
	cr_assert_eq(displaced.slot_used, 0);
}

Test(displace, conditional_jumps_get_their_long_form)
{
	DISPLACE("\x74\x10"); /* je +0x10 */
	cr_assert_eq(displaced.action, DISPLACED_SLOT);
	cr_assert_arr_eq(displaced.slot, "\x0f\x84", 2);
	cr_assert_eq(SLOT + 6 + (uint64_t)(int64_t)word_at(2), CODE + 2 + 0x10);
	cr_assert_eq(jump_at(6), CODE + 2);
	DISPLACE("\x0f\x8f\x00\xff\xff\xff"); /* jg -0x100 */
	cr_assert_arr_eq(displaced.slot, "\x0f\x8f", 2);
	cr_assert_eq(SLOT + 6 + (uint64_t)(int64_t)word_at(2), CODE + 6 - 0x100);
	DISPLACE("\xe3\x10"); /* jrcxz */
	cr_assert_eq(displaced.action, DISPLACED_STEP);
	DISPLACE("\xe2\xf0"); /* loop */
	cr_assert_eq(displaced.action, DISPLACED_STEP);
}

Test(displace, calls_are_emulated)
{
	struct registers registers = {.native = {.rax = 0x1000, .rcx = 3, .rsp = 0x8000}};

	DISPLACE("\xe8\x00\x01\x00\x00"); /* call +0x100 */
	cr_assert_eq(displaced.action, DISPLACED_CALL);
	cr_assert_eq(displaced.operand, CALL_TARGET);
	cr_assert_eq(displaced.target.value, CODE + 5 + 0x100);
	DISPLACE("\xff\xd0"); /* call *%rax */
	cr_assert_eq(displaced.operand, CALL_REGISTER);
	cr_assert_eq(arch->call_operand(&displaced, &registers).value, 0x1000);
	DISPLACE("\xff\x54\xc8\x10"); /* call *0x10(%rax,%rcx,8) */
	cr_assert_eq(displaced.operand, CALL_MEMORY);
	cr_assert_eq(arch->call_operand(&displaced, &registers).value, 0x1000 + 3 * 8 + 0x10);
	DISPLACE("\xff\x54\x24\x08"); /* call *8(%rsp) */
	cr_assert_eq(arch->call_operand(&displaced, &registers).value, 0x8008);
	DISPLACE("\xff\x15\x10\x20\x00\x00"); /* call *0x2010(%rip) */
	cr_assert_eq(arch->call_operand(&displaced, &registers).value, CODE + 6 + 0x2010);
	arch->call(&registers, target_address(0x4242));
	cr_assert_eq(registers.native.rsp, 0x7ff8);
	cr_assert_eq(registers.native.rip, 0x4242);
}

Test(displace, what_cannot_be_displaced_is_refused)
{
	DISPLACE("\xcc"); /* the program's own breakpoint */
	cr_assert_eq(displaced.action, DISPLACED_IMPOSSIBLE);
	DISPLACE("\x06"); /* not an instruction in 64-bit mode */
	cr_assert_eq(displaced.action, DISPLACED_IMPOSSIBLE);
	DISPLACE("\xc7\xf8\x00\x01\x00\x00"); /* xbegin */
	cr_assert_eq(displaced.action, DISPLACED_IMPOSSIBLE);
	DISPLACE("\x64\xff\x14\x25\x10\x00\x00\x00"); /* call *%fs:0x10 */
	cr_assert_eq(displaced.action, DISPLACED_IMPOSSIBLE);
	arch->displace((const uint8_t *)"\x48\x8b", 2, target_address(CODE), target_address(SLOT),
		&displaced);
	cr_assert_eq(displaced.action, DISPLACED_IMPOSSIBLE, "cut off by the end of memory");
}

static bool ends_with_call(const char *bytes, size_t size)
{
	return arch->ends_with_call((const uint8_t *)bytes, size);
}

Test(arch, return_addresses_follow_calls)
{
	cr_assert(ends_with_call("\x90\x90\x90\xe8\x01\x02\x03\x04", 8));
	cr_assert(ends_with_call("\x90\x90\x90\x90\x90\x90\xff\xd0", 8));
	cr_assert(ends_with_call("\x90\x90\xff\x15\x01\x02\x03\x04", 8));
	cr_assert(ends_with_call("\x90\x90\x90\x90\x90\xff\x50\x08", 8));
	cr_assert_not(ends_with_call("\x90\x90\x90\x90\x90\x90\x90\x90", 8));
	cr_assert_not(ends_with_call("\xe8\x01\x02\x03\x04\x90\x90\x90", 8));
	cr_assert_not(ends_with_call("\x00\x00\x00\x00\x00\x00\x00\x00", 8));
}

Test(arch, tail_calls_need_a_jump_out)
{
	static const char plain[] = "\x74\x02\x90\x90\xc3";
	static const char tail[] = "\x90\xe9\x00\x01\x00\x00";
	static const char indirect[] = "\xff\xe0";

	cr_assert_not(arch->may_jump_out((const uint8_t *)plain, 5, target_address(CODE)));
	cr_assert(arch->may_jump_out((const uint8_t *)tail, 6, target_address(CODE)));
	cr_assert(arch->may_jump_out((const uint8_t *)indirect, 2, target_address(CODE)));
}

Test(arch, signal_returns_are_known)
{
	static const uint8_t restorer[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};

	cr_assert(arch->is_signal_return(restorer, sizeof restorer));
	cr_assert_not(arch->is_signal_return(restorer, sizeof restorer - 1));
}
