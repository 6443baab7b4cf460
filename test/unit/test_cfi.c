/* Entries of .eh_frame made by hand: what is fit to be interpreted, what is not, and what it says.
 */
#include "unwind/cfi.h"
#include "unwind/expression.h"
#include "unwind/row.h"

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

/* What the entry's program says of the code so many bytes from its start. */
static bool row_at(uint64_t offset, const uint8_t *program, size_t size, struct row *row)
{
	struct target_memory memory;
	struct view view;
	bool found;

	make_common(16, false);
	begin_entry();
	add(program, size);
	end_entry();
	cr_assert_null(target_memory_open(getpid(), &memory));
	cr_assert_null(view_init(&view, &memory));
	cr_assert_null(view_begin(&view, target_address((uintptr_t)&memory)));
	found = row_read(&view, (uintptr_t)section.bytes + section.entry,
		(uintptr_t)section.bytes + offset, row);
	view_deinit(&view);
	target_memory_close(&memory);
	return found;
}

#define ROW(offset, row, ...) \
	row_at(offset, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), row)

static void check_base(const struct row *row, unsigned number, int64_t offset)
{
	cr_assert_eq(row->base.kind, PLACE_REGISTER);
	cr_assert_eq(row->base.number, number);
	cr_assert_eq(row->base.offset, offset);
}

static void check_place(const struct place *place, enum place_kind kind, int64_t offset)
{
	cr_assert_eq(place->kind, kind, "%d instead of %d", place->kind, kind);
	cr_assert_eq(place->offset, offset);
}

#define FRAMED 0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x45, 0x0c, 7, 8, 0xc6

/* push %rbp; mov %rsp,%rbp; ...; pop %rbp; ret */
Test(row, a_frame_that_comes_and_goes)
{
	struct row row;

	cr_assert(ROW(0, &row, FRAMED));
	check_base(&row, 7, 8);
	check_place(&row.registers[6], PLACE_SAME, 0);
	check_place(&row.registers[16], PLACE_SAVED, -8);
	cr_assert(ROW(1, &row, FRAMED));
	check_base(&row, 7, 16);
	check_place(&row.registers[6], PLACE_SAVED, -16);
	cr_assert(ROW(8, &row, FRAMED));
	check_base(&row, 6, 16);
	cr_assert(ROW(9, &row, FRAMED));
	check_base(&row, 7, 8);
	check_place(&row.registers[6], PLACE_SAME, 0);
	cr_assert(ROW(99, &row, FRAMED));
	cr_assert_not(ROW(100, &row, FRAMED));
	cr_assert_not(row.is_signal);
	cr_assert_eq(row.return_column, 16);
}

#define EARLY_RETURN 0x0e, 32, 0x83, 3, 0x42, 0x0a, 0x0e, 8, 0xc3, 0x42, 0x0b, 0x42, 0x0e, 64

Test(row, states_that_are_remembered)
{
	uint8_t deep[20];
	struct row row;

	cr_assert(ROW(2, &row, EARLY_RETURN));
	check_base(&row, 7, 8);
	check_place(&row.registers[3], PLACE_SAME, 0);
	cr_assert(ROW(4, &row, EARLY_RETURN));
	check_base(&row, 7, 32);
	check_place(&row.registers[3], PLACE_SAVED, -24);
	cr_assert(ROW(6, &row, EARLY_RETURN));
	check_base(&row, 7, 64);
	memset(deep, 0x0a, sizeof deep);
	cr_assert_not(row_at(0, deep, sizeof deep, &row));
	cr_assert_not(ROW(0, &row, 0x0b), "none was remembered");
}

Test(row, where_registers_may_be)
{
	struct row row;

	cr_assert(ROW(0, &row, 0x09, 16, 5, 0x07, 3, 0x08, 12, 0x14, 13, 2, 0x11, 14, 0x7e, 0x05,
		15, 3, 0x2f, 12, 1));
	cr_assert_eq(row.registers[16].kind, PLACE_REGISTER);
	cr_assert_eq(row.registers[16].number, 5);
	check_place(&row.registers[3], PLACE_UNDEFINED, 0);
	check_place(&row.registers[13], PLACE_OFFSET, -16);
	check_place(&row.registers[14], PLACE_SAVED, 16);
	check_place(&row.registers[15], PLACE_SAVED, -24);
	check_place(&row.registers[12], PLACE_SAVED, 8);
	cr_assert(ROW(0, &row, 0x0f, 3, 0x76, 0x78, 0x06, 0x10, 6, 2, 0x76, 0));
	cr_assert_eq(row.base.kind, PLACE_VALUE);
	cr_assert_eq(row.base.size, 3);
	cr_assert_eq(row.registers[6].kind, PLACE_EXPRESSION);
	cr_assert_eq(row.registers[6].size, 2);
}

/* One of vectors is no harm, but what is followed must be there. */
Test(row, registers_that_are_not_there)
{
	struct row row;

	cr_assert(ROW(0, &row, 0x05, 40, 3, 0x06, 99, 0x07, 100));
	check_base(&row, 7, 8);
	cr_assert_not(ROW(0, &row, 0x0c, 17, 8));
	cr_assert_not(ROW(0, &row, 0x0d, 99));
	cr_assert_not(ROW(0, &row, 0x09, 16, 17));
	cr_assert_not(ROW(0, &row, 0x1d));
}

/* Of a program whose registers hold ten times their numbers, and a word of memory. */
static bool evaluate(const uint8_t *bytes, size_t size, uint64_t *value)
{
	struct expression expression = {.bytes = bytes, .size = size};
	uint64_t registers[ARCH_DWARF_MAX], base = 1000;
	struct target_memory memory;
	struct window window;
	bool done;

	for (unsigned i = 0; i < ARCH_DWARF_MAX; i++)
		registers[i] = i * 10;
	cr_assert_null(target_memory_open(getpid(), &memory));
	cr_assert_null(window_init(&window, &memory));
	window_begin(&window, 70, (const uint8_t *)"abcdefgh", 8);
	done = expression_evaluate(&expression, registers, &window, &base, value);
	window_deinit(&window);
	target_memory_close(&memory);
	return done;
}

#define VALUE(...)                                                         \
	({                                                                 \
		uint64_t value_ = 0;                                       \
		cr_assert(evaluate((const uint8_t[]){__VA_ARGS__},         \
			sizeof((const uint8_t[]){__VA_ARGS__}), &value_)); \
		(int64_t) value_;                                          \
	})
#define NO_VALUE(...)                                                                             \
	({                                                                                        \
		uint64_t value_;                                                                  \
		!evaluate((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), \
			&value_);                                                                 \
	})

Test(expression, values)
{
	cr_assert_eq(VALUE(0x96), 1000, "the base");
	cr_assert_eq(VALUE(0x09, 0xff), -1);
	cr_assert_eq(VALUE(0x08, 0xff), 255);
	cr_assert_eq(VALUE(0x0b, 0, 0x80), -32768);
	cr_assert_eq(VALUE(0x0c, 1, 2, 3, 4), 0x04030201);
	cr_assert_eq(VALUE(0x11, 0x80, 0x7f), -128);
	cr_assert_eq(VALUE(0x10, 0x80, 1), 128);
	cr_assert_eq(VALUE(0x77, 0x78), 62, "rsp - 8");
	cr_assert_eq(VALUE(0x77, 0, 0x06), 0x6867666564636261);
	cr_assert_eq(VALUE(0x77, 0, 0x94, 2), 0x6261);
	cr_assert_eq(VALUE(0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22), 78,
		"a linkage table's: rip is below 11 in 16");
}

Test(expression, arithmetic)
{
	cr_assert_eq(VALUE(0x35, 0x33, 0x1c), 2, "5 - 3");
	cr_assert_eq(VALUE(0x35, 0x33, 0x16, 0x1c), -2, "3 - 5");
	cr_assert_eq(VALUE(0x31, 0x32, 0x33, 0x17, 0x1c), -1, "rot: 3 1 2, 1 - 2");
	cr_assert_eq(VALUE(0x35, 0x1f, 0x19), 5);
	cr_assert_eq(VALUE(0x35, 0x1f, 0x31, 0x26), -3, "shra");
	cr_assert_eq(VALUE(0x35, 0x12, 0x1e, 0x23, 5), 30);
	cr_assert_eq(VALUE(0x35, 0x33, 0x14, 0x15, 2, 0x22, 0x22), 13, "over, pick: 3 + 5 + 5");
	cr_assert_eq(VALUE(0x35, 0x08, 200, 0x24), 0);
	cr_assert_eq(VALUE(0x35, 0x33, 0x13, 0x20), ~5);
	cr_assert_eq(VALUE(0x35, 0x33, 0x2d), 0, "5 < 3");
}

Test(expression, none)
{
	cr_assert(NO_VALUE(0x35, 0x30, 0x1b), "div");
	cr_assert(NO_VALUE(0x2f, 0xfd, 0xff), "skip");
	cr_assert(NO_VALUE(0x13, 0x13), "nothing left");
	cr_assert(NO_VALUE(0x13));
	cr_assert(NO_VALUE(0x08), "no operand");
	cr_assert(NO_VALUE(0x70 + 17, 0), "no such register");
	cr_assert(NO_VALUE(0x30, 0x06), "no memory there");
	cr_assert(NO_VALUE(0x15, 9));
	cr_assert(NO_VALUE(0x94, 9));
	cr_assert(NO_VALUE(0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12, 0x12,
			  0x12, 0x12, 0x12, 0x12),
		"too much");
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
