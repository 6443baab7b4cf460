/*
 * CRC-32, eight bytes at a time: table k says what a byte comes to with k more behind it.
 */
#include "symbol/crc32.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLYNOMIAL UINT32_C(0xedb88320)
#define CHUNK ((size_t)256 << 10)
#define WIDTH 8

struct crc32_reader {
	uint32_t tables[WIDTH][256];
	uint8_t bytes[CHUNK];
};

static void make_tables(uint32_t (*tables)[256])
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t sum = byte;

		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? POLYNOMIAL : 0);
		tables[0][byte] = sum;
	}
	for (size_t k = 1; k < WIDTH; k++)
		for (size_t byte = 0; byte < 256; byte++) {
			uint32_t before = tables[k - 1][byte];

			tables[k][byte] = before >> 8 ^ tables[0][before & 255];
		}
}

static uint32_t add(const struct crc32_reader *reader, uint32_t sum, size_t size)
{
	size_t at = 0;

	for (; size - at >= WIDTH; at += WIDTH) {
		uint64_t word;

		memcpy(&word, reader->bytes + at, sizeof word);
		word ^= sum;
		sum = 0;
		for (unsigned k = 0; k < WIDTH; k++)
			sum ^= reader->tables[WIDTH - 1 - k][word >> 8 * k & 255];
	}
	for (; at < size; at++)
		sum = sum >> 8 ^ reader->tables[0][(sum ^ reader->bytes[at]) & 255];
	return sum;
}

bool crc32_of_file(int fd, uint32_t *sum)
{
	struct crc32_reader *reader = malloc(sizeof *reader);
	uint32_t new = UINT32_MAX;
	ssize_t size = -1;
	off_t at = 0;

	if (!reader)
		return false;
	make_tables(reader->tables);
	while ((size = pread(fd, reader->bytes, CHUNK, at)) > 0) {
		new = add(reader, new, (size_t)size);
		at += size;
	}
	free(reader);
	if (size < 0)
		return false;
	*sum = ~new;
	return true;
}
