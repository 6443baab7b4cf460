/* src/base: errors, arrays, hash maps, strings. */
#include "base/address.h"
#include "base/error.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/vec.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

Test(error, says_what_failed)
{
	struct ptmem_error *error = error_new(ERROR_USAGE, "%s: no such %s", "--x", "option");

	cr_assert_str_eq(error->message, "--x: no such option");
	cr_assert(error_is(error, ERROR_USAGE));
	cr_assert_not(error_is(error, ERROR_SYSTEM));
	error_free(error);
}

Test(error, success_is_no_error)
{
	cr_assert_not(error_is(NULL, ERROR_SYSTEM));
	error_free(NULL);
}

Test(error, tells_the_reason_of_a_system_call)
{
	struct ptmem_error *error = error_errno(ENOENT, "cannot open %s", "a");

	cr_assert_str_eq(error->message, "cannot open a: No such file or directory");
	cr_assert_eq(error->errnum, ENOENT);
	cr_assert_eq(error->code, ERROR_SYSTEM);
	error_free(error);
}

Test(error, tells_the_address)
{
	struct ptmem_error *error = error_at(EIO, 0x401000, "cannot write");

	cr_assert_str_eq(error->message, "cannot write at 0x401000: Input/output error");
	cr_assert_eq(error->address, 0x401000);
	error_free(error);
}

Test(error, singletons_outlive_their_freeing)
{
	error_free(&error_gone);
	error_free(&error_no_memory);
	cr_assert(error_is(&error_gone, ERROR_GONE));
	cr_assert(error_is(&error_no_memory, ERROR_NO_MEMORY));
}

Test(address, loads_at_a_bias)
{
	struct file_address in_file = {0x1139};

	cr_assert_eq(address_load(in_file, 0x555555554000).value, 0x555555555139);
	cr_assert_eq(address_plus(target_address(8), -9).value, UINT64_MAX);
}

Test(vec, keeps_what_was_appended)
{
	struct VEC(int) numbers = {0};

	for (int i = 0; i < 1000; i++)
		*vec_append(&numbers) = i;
	cr_assert_eq(numbers.count, 1000);
	for (int i = 0; i < 1000; i++)
		cr_assert_eq(numbers.items[i], i);
	vec_deinit(&numbers);
	cr_assert_null(numbers.items);
	cr_assert_eq(numbers.count, 0);
}

Test(vec, refuses_a_size_that_overflows)
{
	void *items = NULL;
	size_t capacity = SIZE_MAX / 4;

	cr_assert_not(vec_grow(&items, &capacity, 8));
	cr_assert_null(items);
	cr_assert_eq(capacity, SIZE_MAX / 4);
}

Test(map, knows_no_key_at_first)
{
	struct map map = {0};

	cr_assert_eq(map_get(&map, 0), MAP_NONE);
	cr_assert_null(map_find(&map, 0));
	map_deinit(&map);
}

Test(map, finds_every_key_among_many)
{
	struct map map = {0};

	for (uint32_t i = 0; i < 100000; i++)
		cr_assert(map_set(&map, (uint64_t)i << 12, i));
	cr_assert_eq(map.count, 100000);
	for (uint32_t i = 0; i < 100000; i++)
		cr_assert_eq(map_get(&map, (uint64_t)i << 12), i);
	cr_assert_eq(map_get(&map, 1), MAP_NONE);
	map_deinit(&map);
}

Test(map, keys_are_all_of_64_bits)
{
	struct map map = {0};

	map_set(&map, UINT64_MAX, 1);
	map_set(&map, UINT32_MAX, 2);
	map_set(&map, 0, 3);
	cr_assert_eq(map_get(&map, UINT64_MAX), 1);
	cr_assert_eq(map_get(&map, UINT32_MAX), 2);
	cr_assert_eq(map_get(&map, 0), 3);
	map_deinit(&map);
}

Test(map, replaces_and_changes_in_place)
{
	struct map map = {0};

	map_set(&map, 7, 1);
	map_set(&map, 7, 2);
	cr_assert_eq(map.count, 1);
	++*map_find(&map, 7);
	cr_assert_eq(map_get(&map, 7), 3);
	map_deinit(&map);
}

static void assert_printable(const char *text, const char *expected)
{
	struct strbuf buf = {0};
	char *taken;

	strbuf_add_printable(&buf, text);
	taken = strbuf_take(&buf);
	cr_assert_str_eq(taken, expected);
	free(taken);
}

Test(strbuf, grows)
{
	struct strbuf buf = {0};
	char *text;

	for (int i = 0; i < 1000; i++)
		strbuf_addf(&buf, "%d,", i % 10);
	strbuf_add(&buf, "end");
	strbuf_add_bytes(&buf, "!!", 1);
	text = strbuf_take(&buf);
	cr_assert_eq(strlen(text), 2004);
	cr_assert_str_eq(text + 1996, "8,9,end!");
	cr_assert_null(buf.text);
	free(text);
}

Test(strbuf, is_an_empty_string_at_first)
{
	struct strbuf buf = {0};
	char *text = strbuf_take(&buf);

	cr_assert_str_eq(text, "");
	free(text);
}

Test(strbuf, keeps_text_in_any_language)
{
	assert_printable("naïve 函数 🙂", "naïve 函数 🙂");
}

Test(strbuf, controls_no_terminal)
{
	assert_printable("a\033[31mb", "a?[31mb");
	assert_printable("a\nb\tc\177d", "a?b?c?d");
	assert_printable("c1: \xc2\x9b.", "c1: ?.");
}

Test(strbuf, mends_malformed_text)
{
	assert_printable("\xff\xc3", "??");
	assert_printable("\xe2\x82", "??");
	assert_printable("\x80z", "?z");
}

Test(strbuf, fails_once_and_for_all)
{
	struct strbuf buf = {0};

	strbuf_add(&buf, "a");
	strbuf_add_bytes(&buf, "b", SIZE_MAX / 2);
	strbuf_add(&buf, "c");
	cr_assert(buf.failed);
	cr_assert_null(strbuf_take(&buf));
	cr_assert_not(buf.failed);
}
