/* Sections that are inflated: what is damaged, or promises too much, is refused. */
#include "symbol/inflate.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>
#include <zlib.h>

#define SIZE 100000

static uint8_t plain[SIZE], packed[2 * SIZE];

/* Puts a stream of that part of what is plain behind what is packed. */
static struct elf_bytes append(struct elf_bytes before, size_t from, size_t size)
{
	uLongf length = sizeof packed - before.size;

	cr_assert_eq(compress(packed + before.size, &length, plain + from, size), Z_OK);
	return (struct elf_bytes){packed, before.size + length};
}

static struct elf_bytes pack(size_t size)
{
	for (size_t i = 0; i < SIZE; i++)
		plain[i] = (uint8_t)(i * i >> 5);
	return append((struct elf_bytes){packed, 0}, 0, size);
}

/* The halves differ. */
static struct elf_bytes pack_halves(void)
{
	return append(pack(SIZE / 2), SIZE / 2, SIZE / 2);
}

/* As append() does, but the stream takes what is plain before it for its own. */
static struct elf_bytes append_reaching(struct elf_bytes before, size_t from, size_t size)
{
	uint8_t *start = packed + before.size;
	uint32_t sum = htonl((uint32_t)adler32(1, plain + from, (uInt)size));
	z_stream stream = {.next_in = plain + from, .avail_in = (uInt)size};

	stream.next_out = start + 2;
	stream.avail_out = (uInt)(sizeof packed - before.size - 2);
	cr_assert_eq(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_FIXED), Z_OK);
	cr_assert_eq(deflateSetDictionary(&stream, plain, (uInt)from), Z_OK);
	cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	memcpy(start, "\x78\x9c", 2);
	memcpy(stream.next_out, &sum, sizeof sum);
	return (struct elf_bytes){packed, before.size + 2 + stream.total_out + sizeof sum};
}

/* Whether anything comes of section 1, by this thread or ahead; never what is not plain. */
static bool inflates(struct elf_bytes bytes, uint64_t size, bool ahead)
{
	struct inflater inflater;
	struct elf_bytes found = {0};
	bool known, got;

	cr_assert(inflater_init(&inflater, 3));
	cr_assert_not(inflater_has(&inflater, 1));
	known = inflater_add(&inflater, 1, INFLATE_ZLIB, bytes, size);
	cr_assert_eq(inflater_has(&inflater, 1), known);
	if (ahead)
		inflater_begin(&inflater);
	got = known && inflater_get(&inflater, 1, &found);
	if (got) {
		cr_expect_eq(found.size, size);
		cr_expect(size <= SIZE && memcmp(found.data, plain, size) == 0);
	}
	inflater_deinit(&inflater);
	return got;
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
	struct elf_bytes bytes = pack_halves();

	cr_expect(inflates(bytes, SIZE, false));
	cr_expect(inflates(bytes, SIZE, true));
	cr_expect(inflates(append(bytes, 0, 0), SIZE, false));
	bytes = pack(0);
	for (size_t i = 0; i < SIZE / 10; i++)
		bytes = append(bytes, i, 1);
	cr_expect(inflates(bytes, SIZE / 10, false));
}

Test(inflate, what_is_damaged)
{
	struct elf_bytes bytes = pack(SIZE);

	cr_expect_not(inflates(bytes, SIZE - 1, false));
	cr_expect_not(inflates(bytes, SIZE + 1, true));
	cr_expect_not(inflates(bytes, 0, false));
	cr_expect_not(inflates(bytes, UINT64_MAX, false));
	for (size_t cut = 1; cut < 20; cut++)
		cr_expect_not(
			inflates((struct elf_bytes){packed, bytes.size - cut}, SIZE, cut % 2));
	cr_expect_not(inflates((struct elf_bytes){packed, 0}, SIZE, false));
	cr_expect_not(inflates((struct elf_bytes){packed, 0}, 0, false));
	cr_expect_not(inflates((struct elf_bytes){packed, bytes.size + 1}, SIZE, false));
	packed[bytes.size / 2] ^= 0x55;
	cr_expect_not(inflates(bytes, SIZE, true));
}

Test(inflate, what_is_damaged_after_a_stream)
{
	size_t first = pack(SIZE / 2).size;
	struct elf_bytes bytes = pack_halves();

	cr_expect_not(inflates(bytes, SIZE / 2, false));
	cr_expect_not(inflates(bytes, SIZE - 1, false));
	cr_expect_not(inflates(bytes, SIZE + 1, true));
	cr_expect_not(inflates((struct elf_bytes){packed, first}, SIZE, false));
	for (size_t cut = 1; cut < 20; cut++) {
		cr_expect_not(
			inflates((struct elf_bytes){packed, bytes.size - cut}, SIZE, cut % 2));
		cr_expect_not(inflates((struct elf_bytes){packed, first + cut}, SIZE / 2, cut % 2));
	}
	packed[bytes.size - 1] ^= 0x55;
	cr_expect_not(inflates(bytes, SIZE, true));
}

Test(inflate, what_follows_the_last_stream)
{
	static const char *const rests[] = {
		"x", "\x78", "\x78\x9c", "\x78\x9c\x03", "ZLIB and more"};

	for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
		struct elf_bytes bytes = pack_halves();

		memcpy(packed + bytes.size, rests[i], strlen(rests[i]));
		bytes.size += strlen(rests[i]);
		cr_expect_not(inflates(bytes, SIZE, false), "rest %zu", i);
		cr_expect_not(inflates(bytes, SIZE + 1, true), "rest %zu", i);
	}
}

/* Even where it lies before it in memory as well. */
Test(inflate, stream_that_reaches_into_the_one_before)
{
	struct elf_bytes first = pack(1000);

	memcpy(plain + 1000, plain, 1000);
	cr_expect(inflates(append(first, 1000, 1000), 2000, false));
	cr_expect_not(inflates(append_reaching(first, 1000, 1000), 2000, false));
}
