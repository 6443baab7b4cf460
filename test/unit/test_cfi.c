/* Entries of .eh_frame made by hand: what is fit to be interpreted, and what is not. */
#include "unwind/cfi.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A section: one common part, one entry, an end. */
static struct {
	uint8_t bytes[4096];
	size_t size, common, entry, entry_program;
} section;

static void add(const void *bytes, size_t size)
{
	memcpy(section.bytes + section.size, bytes, size);
	section.size += size;
}

#define ADD(...) add((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void add_u32(uint32_t value)
{
	add(&value, sizeof value);
}

static void set_u32(size_t at, uint32_t value)
{
	memcpy(section.bytes + at, &value, sizeof value);
}

/* Begins with room for its length. */
static size_t begin_record(void)
{
	size_t at = section.size;

	add_u32(0);
	return at;
}

static void end_record(size_t at)
{
	set_u32(at, (uint32_t)(section.size - at - 4));
}

/* "zR", code by 1, data by -8, this column: rsp + 8 is the frame's base, unless `bare`. */
static void make_common(uint8_t column, bool bare)
{
	section.size = 0;
	section.common = begin_record();
	add_u32(0);
	ADD(1, 'z', 'R', 0, 1, 0x78, column, 1, 0x1b);
	if (!bare)
		ADD(0x0c, 7, 8, 0x90, 1);
	end_record(section.common);
}

static void begin_entry(void)
{
	section.entry = begin_record();
	add_u32((uint32_t)(section.size - section.common));
	add_u32((uint32_t) - (int32_t)section.size);
	add_u32(100);
	ADD(0);
	section.entry_program = section.size;
}

static void end_entry(void)
{
	end_record(section.entry);
	add_u32(0);
}

/* It is read like a target's, so it is put into memory like one's. */
static bool is_sound(void)
{
	struct target_memory memory;
	struct view view;
	bool sound;

	cr_assert_null(target_memory_open(getpid(), &memory));
	cr_assert_null(view_init(&view, &memory));
	cr_assert_null(view_begin(&view, target_address((uintptr_t)&memory)));
	sound = cfi_is_sound(&view, (uintptr_t)section.bytes + section.entry);
	view_deinit(&view);
	target_memory_close(&memory);
	return sound;
}

static bool program_is_sound(const uint8_t *program, size_t size)
{
	make_common(16, false);
	begin_entry();
	add(program, size);
	end_entry();
	return is_sound();
}

#define SOUND(...) \
	program_is_sound((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

Test(cfi, what_compilers_make)
{
	cr_assert(SOUND(0, 0, 0));
	cr_assert(SOUND(0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x50, 0x0c, 7, 8, 0xc6));
	cr_assert(SOUND(0x0a, 0x41, 0x0e, 8, 0x0b, 0x02, 200, 0x2e, 16));
	cr_assert(SOUND(0x09, 16, 5), "return address in a register: vfork");
	cr_assert(SOUND(0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22),
		"a linkage table's");
	cr_assert(SOUND(0x10, 6, 2, 0x76, 0, 0x0f, 3, 0x76, 0x78, 0x06), "a realigned stack");
}

Test(cfi, registers_that_are_not_there)
{
	cr_assert_not(SOUND(0x09, 16, 17));
	cr_assert_not(SOUND(0x09, 16, 0xff, 0xff, 0xff, 0x7f));
	cr_assert_not(SOUND(0x0c, 17, 8));
	cr_assert_not(SOUND(0x10, 99, 1, 0x30));
	make_common(17, false);
	begin_entry();
	end_entry();
	cr_assert_not(is_sound());
}

Test(cfi, expressions_that_trap_or_never_end)
{
	cr_assert_not(SOUND(0x0f, 3, 0x30, 0x31, 0x1b), "div");
	cr_assert_not(SOUND(0x0f, 4, 0x30, 0x2f, 0xfd, 0xff), "skip");
	cr_assert_not(SOUND(0x0f, 4, 0x31, 0x28, 0xfd, 0xff), "bra");
	cr_assert_not(SOUND(0x0f, 2, 0x92, 0x7f), "bregx");
	cr_assert_not(SOUND(0x0f, 1, 0x08), "an operand that is missing");
	cr_assert(SOUND(0x0f, 4, 0x0a, 0x1b, 0x2f, 0x96), "the same numbers as operands");
}

Test(cfi, sizes_that_lead_out)
{
	cr_assert_not(SOUND(0x0f, 100));
	cr_assert_not(SOUND(0x10, 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1));
	cr_assert_not(SOUND(0x0e));
	cr_assert_not(SOUND(0x0e, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0));
	cr_assert(SOUND(0));
	section.bytes[section.common + 15] = 100;
	cr_assert_not(is_sound(), "the augmentation's");
	cr_assert(SOUND(0));
	set_u32(section.entry, 0xffffffff);
	cr_assert_not(is_sound(), "of 64 bits");
	cr_assert(SOUND(0));
	set_u32(section.entry + 4, 0x7fffffff);
	cr_assert_not(is_sound(), "no common part there");
	set_u32(section.entry + 4, 0);
	cr_assert_not(is_sound(), "is a common part itself");
}

Test(cfi, instructions_that_are_none)
{
	cr_assert_not(SOUND(0x14, 3, 3));
	cr_assert_not(SOUND(0x1d));
	cr_assert_not(SOUND(0x2d));
	cr_assert_not(SOUND(0x3f));
}

Test(cfi, states_are_not_remembered_without_end)
{
	uint8_t program[100];

	memset(program, 0x0a, sizeof program);
	cr_assert_not(program_is_sound(program, sizeof program));
	for (size_t i = 1; i < sizeof program; i += 2)
		program[i] = 0x0b;
	cr_assert(program_is_sound(program, sizeof program));
}

static bool bare_is_sound(const uint8_t *program, size_t size)
{
	make_common(16, true);
	begin_entry();
	add(program, size);
	end_entry();
	return is_sound();
}

Test(cfi, the_frame_must_be_defined)
{
	cr_assert_not(bare_is_sound((const uint8_t[]){0}, 1));
	cr_assert(bare_is_sound((const uint8_t[]){0x0c, 7, 8}, 3));
	cr_assert(bare_is_sound((const uint8_t[]){0x0c, 7, 8, 0x41}, 4));
	cr_assert_not(bare_is_sound((const uint8_t[]){0x41, 0x0c, 7, 8}, 4));
}

Test(cfi, records_one_after_the_other)
{
	struct target_memory memory;
	struct view view;
	uint64_t at = (uintptr_t)section.bytes, start, next;

	cr_assert(SOUND(0));
	cr_assert_null(target_memory_open(getpid(), &memory));
	cr_assert_null(view_init(&view, &memory));
	cr_assert_null(view_begin(&view, target_address((uintptr_t)&memory)));
	cr_assert(cfi_read(&view, at, &start, &next));
	cr_assert_eq(start, 0);
	cr_assert_eq(next, at + section.entry);
	cr_assert(cfi_read(&view, next, &start, &next));
	cr_assert_eq(start, at);
	cr_assert_eq(next, at + section.size - 4);
	cr_assert_not(cfi_read(&view, next, &start, &next));
	view_deinit(&view);
	target_memory_close(&memory);
}

#define PAGES 100

/* What a view says of memory that is known, with a hole in it. */
Test(view, stack_and_pages)
{
	uint8_t *pages = mmap(NULL, (size_t)PAGES * VIEW_PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct target_memory memory;
	struct view view;
	uint64_t word, start = (uintptr_t)pages;

	for (size_t i = 0; i < (size_t)PAGES * VIEW_PAGE; i += sizeof i)
		memcpy(pages + i, &i, sizeof i);
	munmap(pages + 90 * VIEW_PAGE, VIEW_PAGE);
	cr_assert_null(target_memory_open(getpid(), &memory));
	cr_assert_null(view_init(&view, &memory));
	for (size_t first = 0; first < 90; first += 30) {
		cr_assert_null(view_begin(&view, target_address(start + first * VIEW_PAGE)));
		for (size_t i = 0; i < (size_t)PAGES * VIEW_PAGE; i += 1000) {
			size_t aligned = i / sizeof i * sizeof i;
			bool there = aligned < (size_t)90 * VIEW_PAGE ||
				     aligned >= (size_t)91 * VIEW_PAGE;

			cr_assert_eq(view_read(&view, start + aligned, &word, 8), there, "%zu", i);
			cr_assert(!there || word == aligned);
		}
	}
	cr_assert_not(view_read(&view, start + 90 * VIEW_PAGE - 4, &word, 8));
	cr_assert_not(view_read(&view, UINT64_MAX - 3, &word, 8));
	cr_assert_not(view_read(&view, 0, &word, 8));
	view_deinit(&view);
	target_memory_close(&memory);
}

Test(view, answers_end)
{
	struct target_memory memory;
	struct view view;
	uint64_t count = 0;
	uint8_t byte;

	cr_assert_null(target_memory_open(getpid(), &memory));
	cr_assert_null(view_init(&view, &memory));
	cr_assert_null(view_begin(&view, target_address((uintptr_t)&memory)));
	while (count < 10000000 && view_read(&view, (uintptr_t)&memory, &byte, 1))
		count++;
	cr_assert_lt(count, 10000000);
	view_extend(&view, 1);
	cr_assert(view_read(&view, (uintptr_t)&memory, &byte, 1));
	cr_assert_not(view_read(&view, (uintptr_t)&memory, &byte, 1));
	view_deinit(&view);
	target_memory_close(&memory);
}
