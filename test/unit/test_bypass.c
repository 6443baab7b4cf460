/* Ways round the breakpoint behind brk(): the code that is made, and where a thread is in it. */
#include "arch/arch.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BEHIND 0x555555555007u
#define SLOT 0x555555150000u
#define DISPLACED 0x555555150100u

#define SET_BRK "\xb8\x0c\x00\x00\x00\x0f\x05" /* mov $12,%eax; syscall */

static struct bypass bypass;

static bool make(const char *code, size_t size, uint64_t slot)
{
	return arch->make_bypass((const uint8_t *)code, size, target_address(BEHIND),
		target_address(slot), target_address(DISPLACED), &bypass);
}

#define MAKE(code) make(code, sizeof(code) - 1, SLOT)

Test(bypass, code_that_it_cannot_take_the_place_of)
{
	cr_assert(MAKE(SET_BRK "\x48\x8b\x15\xe2\x51\x0d\x00")); /* mov 0xd51e2(%rip),%rdx */
	cr_assert(MAKE(SET_BRK "\x4c\x8b\x05\xe2\x51\x0d\x00")); /* into %r8 */
	cr_assert(MAKE(SET_BRK "\x48\xc7\xc2\x01\x00\x00\x00")); /* mov $1,%rdx */
	/* Another system call, or its number from elsewhere. */
	cr_assert_not(MAKE("\xb8\x0b\x00\x00\x00\x0f\x05\x48\x8b\x15\xe2\x51\x0d\x00"));
	cr_assert_not(MAKE("\xb9\x0c\x00\x00\x00\x0f\x05\x48\x8b\x15\xe2\x51\x0d\x00"));
	cr_assert_not(MAKE("\xb8\x0c\x00\x00\x00\x0f\x34\x48\x8b\x15\xe2\x51\x0d\x00"));
	/* Behind it no register is written that nobody reads: half of one, one that is read as
	 * well, one that has a meaning, none. */
	cr_assert_not(MAKE(SET_BRK "\x8b\x15\xe2\x51\x0d\x00"));
	cr_assert_not(MAKE(SET_BRK "\x48\x8b\x12"));
	cr_assert_not(MAKE(SET_BRK "\x48\x8b\x14\x10"));
	cr_assert_not(MAKE(SET_BRK "\x48\x03\x15\xe2\x51\x0d\x00"));
	cr_assert_not(MAKE(SET_BRK "\x48\x8b\x3d\xe2\x51\x0d\x00"));
	cr_assert_not(MAKE(SET_BRK "\x48\x8b\x05\xe2\x51\x0d\x00"));
	cr_assert_not(MAKE(SET_BRK "\x48\x89\xd1"));
	cr_assert_not(MAKE(SET_BRK "\x48\x39\xf8"));
	/* No code, or less of it. */
	cr_assert_not(MAKE(SET_BRK));
	cr_assert_not(MAKE(SET_BRK "\x48\x8b\x15\xe2"));
	cr_assert_not(MAKE(""));
	cr_assert_not(make(SET_BRK "\x48\x8b\x15\xe2\x51\x0d\x00", 14, UINT64_C(0x7ffff7f00000)));
}

Test(bypass, a_thread_in_the_slot_has_not_come_or_is_behind)
{
	cr_assert(MAKE(SET_BRK "\x4c\x8b\x05\xe2\x51\x0d\x00"));
	for (uint64_t offset = 0; offset < bypass.size; offset++) {
		struct registers registers = {
			.native = {.rip = SLOT + offset, .rdi = 1, .r8 = 2, .rax = 3}};
		bool asks = offset >= 3 && offset < 15;

		arch->leave_bypass(&bypass, &registers);
		cr_assert_eq(registers.native.rip, offset < 32 ? BEHIND - 7 : BEHIND);
		cr_assert_eq(registers.native.rdi, asks ? 2u : 1u);
	}
}

/*
 * As it runs: what makes the heap larger comes back by the slot of what was displaced, and what
 * makes it smaller by the program's own system call. Here the two return 1 and 2.
 */
Test(bypass, tells_growth_from_the_rest)
{
	uint8_t *code = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static const char own[] = SET_BRK "\x48\xc7\xc2\x02\x00\x00\x00" /* mov $2,%rdx */
					  "\x48\x89\xd0\xc3";            /* mov %rdx,%rax; ret */
	static const char displaced[] = "\x48\xc7\xc2\x01\x00\x00\x00\x48\x89\xd0\xc3";
	long (*set)(long) = (long (*)(long))(uintptr_t)code;
	long end = syscall(SYS_brk, 0);

	cr_assert_neq(code, MAP_FAILED);
	memcpy(code, own, sizeof own);
	memcpy(code + 512, displaced, sizeof displaced);
	cr_assert_eq(set(end), 2);
	cr_assert(arch->make_bypass(code, sizeof own - 1, target_address((uintptr_t)code + 7),
		target_address((uintptr_t)code + 256), target_address((uintptr_t)code + 512),
		&bypass));
	memcpy(code + 256, bypass.code, bypass.size);
	memcpy(code, bypass.jump, bypass.length);
	cr_assert_eq(set(end + 8192), 1);
	cr_assert_eq(syscall(SYS_brk, 0), end + 8192);
	cr_assert_eq(set(end + 8192), 1);
	cr_assert_eq(set(end + 4096), 2);
	cr_assert_eq(syscall(SYS_brk, 0), end + 4096);
	cr_assert_eq(set(0), 2);
	cr_assert_eq(set(end), 2);
	cr_assert_eq(syscall(SYS_brk, 0), end);
}
