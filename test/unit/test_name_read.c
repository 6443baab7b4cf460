/* Names of objects, read from memory: this process's own, at that. */
#include "engine/name_read.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct target_memory memory;

static void setup(void)
{
	cr_assert_null(target_memory_open(getpid(), &memory));
}

static void teardown(void)
{
	target_memory_close(&memory);
}

static struct target_address address_of(const void *object)
{
	return target_address((uint64_t)object);
}

static void reads(const struct name_reader *reader, const void *object, const char *expected)
{
	char *name = name_read(reader, &memory, address_of(object));

	cr_assert_eq(!name, !expected, "%s", name);
	if (name)
		cr_assert_str_eq(name, expected);
	free(name);
}

Test(name_read, characters, .init = setup, .fini = teardown)
{
	struct {
		long other;
		const char *text;
		char array[4];
		const char *part;
		size_t length;
	} object = {1, "text", {'f', 'u', 'l', 'l'}, "partial", 4};
	struct name_reader reader = {.kind = NAME_POINTER, .offset = 8};

	reads(&reader, &object, "text");
	object.text = "";
	reads(&reader, &object, NULL);
	object.text = NULL;
	reads(&reader, &object, NULL);
	object.text = (const char *)0x1234;
	reads(&reader, &object, NULL);
	reader = (struct name_reader){.kind = NAME_ARRAY, .offset = 16, .size = 4};
	reads(&reader, &object, "full");
	object.array[2] = '\0';
	reads(&reader, &object, "fu");
	reader = (struct name_reader){.kind = NAME_POINTER_LENGTH, .offset = 24, .length = 32};
	reads(&reader, &object, "part");
	object.length = 0;
	reads(&reader, &object, NULL);
}

Test(name_read, long_ones_are_cut, .init = setup, .fini = teardown)
{
	struct name_reader reader = {.kind = NAME_POINTER_LENGTH, .length = 8};
	char text[4096];
	struct {
		const char *text;
		uint64_t length;
	} object = {text, UINT64_MAX};
	char *name;

	memset(text, 'a', sizeof text);
	name = name_read(&reader, &memory, address_of(&object));
	cr_assert_eq(strlen(name), 128);
	free(name);
}

/* As libc++ lays them out: the first byte of a short one is twice its length. */
Test(name_read, strings_of_libcxx, .init = setup, .fini = teardown)
{
	struct name_reader reader = {.kind = NAME_LIBCXX};
	uint8_t small[24] = {10, 's', 'm', 'a', 'l', 'l', 'x'};
	uint64_t large[3] = {33, 5, (uint64_t) "large and more"};

	reads(&reader, small, "small");
	reads(&reader, large, "large");
	large[2] = 16;
	reads(&reader, large, NULL);
}

Test(name_read, numbers_and_enums, .init = setup, .fini = teardown)
{
	int16_t number = -3;
	struct name_value values[] = {{1, "ONE"}, {UINT64_MAX - 2, "LESS"}};
	struct name_reader reader = {.kind = NAME_NUMBER, .size = 2, .is_signed = true};

	reads(&reader, &number, "-3");
	reader.is_signed = false;
	reads(&reader, &number, "65533");
	reader.kind = NAME_ENUM;
	reader.values.items = values;
	reader.values.count = 2;
	reads(&reader, &number, "LESS");
	number = 1;
	reads(&reader, &number, "ONE");
	number = 7;
	reads(&reader, &number, "7");
	reader.size = 9;
	reads(&reader, &number, NULL);
}

Test(name_read, through_pointers, .init = setup, .fini = teardown)
{
	const char *text = "far";
	const char **inner[2] = {NULL, &text};
	const char ***outer[2] = {NULL, inner};
	struct name_reader reader = {.kind = NAME_POINTER, .pointers = {8, 8}, .pointer_count = 2};

	reads(&reader, outer, "far");
	inner[1] = NULL;
	reads(&reader, outer, NULL);
	outer[1] = (const char ***)UINT64_MAX;
	reads(&reader, outer, NULL);
}
