/* The form of symbol.c's inputs: one file, or two with PAIR_MAGIC and a size behind. */
#ifndef PTMEM_TEST_FUZZ_PAIR_H
#define PTMEM_TEST_FUZZ_PAIR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PAIR_MAGIC "PAIR"
#define PAIR_TAIL 8u

/* What a first file calls a second one: as long as what the seeds were made with. */
#define SECOND_FD 100
#define SECOND "/proc/self/fd/100"

static inline size_t pair_second_size(const uint8_t *data, size_t size)
{
	uint32_t second;

	if (size < PAIR_TAIL || memcmp(data + size - PAIR_TAIL, PAIR_MAGIC, 4) != 0)
		return 0;
	memcpy(&second, data + size - 4, sizeof second);
	return second <= size - PAIR_TAIL ? second : 0;
}

static inline size_t pair_first_size(const uint8_t *data, size_t size)
{
	size_t second = pair_second_size(data, size);

	return second ? size - PAIR_TAIL - second : size;
}

#endif
