/* Sections that are inflated: what is damaged, or promises too much, is refused. */
#include "symbol/inflate.h"

#include <criterion/criterion.h>
#include <string.h>
#include <zlib.h>

#define SIZE 100000

static uint8_t plain[SIZE], packed[2 * SIZE];

static struct elf_bytes pack(size_t size)
{
	uLongf length = sizeof packed;

	for (size_t i = 0; i < size; i++)
		plain[i] = (uint8_t)(i * i >> 5);
	cr_assert_eq(compress(packed, &length, plain, size), Z_OK);
	return (struct elf_bytes){packed, length};
}

/* What comes of section 1, by this thread or ahead. */
static bool inflates(struct elf_bytes bytes, uint64_t size, bool ahead)
{
	struct inflater inflater;
	struct elf_bytes found = {0};
	bool known, same;

	cr_assert(inflater_init(&inflater, 3));
	cr_assert_not(inflater_has(&inflater, 1));
	known = inflater_add(&inflater, 1, INFLATE_ZLIB, bytes, size);
	cr_assert_eq(inflater_has(&inflater, 1), known);
	if (ahead)
		inflater_begin(&inflater);
	same = known && inflater_get(&inflater, 1, &found) && found.size == size &&
	       memcmp(found.data, plain, size) == 0;
	inflater_deinit(&inflater);
	return same;
}

Test(inflate, what_was_packed)
{
	for (int ahead = 0; ahead <= 1; ahead++) {
		cr_expect(inflates(pack(SIZE), SIZE, ahead));
		cr_expect(inflates(pack(1), 1, ahead));
		cr_expect(inflates(pack(0), 0, ahead));
	}
}

Test(inflate, streams_one_after_another)
{
	struct elf_bytes first = pack(SIZE / 2);
	uLongf length = sizeof packed - first.size;

	cr_assert_eq(compress(packed + first.size, &length, plain, SIZE / 2), Z_OK);
	memcpy(plain + SIZE / 2, plain, SIZE / 2);
	cr_expect(inflates((struct elf_bytes){packed, first.size + length}, SIZE, false));
}

Test(inflate, what_is_damaged)
{
	struct elf_bytes bytes = pack(SIZE);

	cr_expect_not(inflates(bytes, SIZE - 1, false));
	cr_expect_not(inflates(bytes, SIZE + 1, true));
	cr_expect_not(inflates(bytes, UINT64_MAX, false));
	for (size_t cut = 1; cut < 20; cut++)
		cr_expect_not(
			inflates((struct elf_bytes){packed, bytes.size - cut}, SIZE, cut % 2));
	cr_expect_not(inflates((struct elf_bytes){packed, 0}, SIZE, false));
	cr_expect_not(inflates((struct elf_bytes){packed, bytes.size + 1}, SIZE, false));
	packed[bytes.size / 2] ^= 0x55;
	cr_expect_not(inflates(bytes, SIZE, true));
}
