/* An assertion about memory, as in a unit test with plain assert(3). */
#include <ptmem/assert.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SIZE ((size_t)4 << 20)

/* Takes memory for its work, and gives all of it back. */
static int count_ones(size_t size)
{
	unsigned char *copy = (unsigned char *)malloc(size);
	int ones = 0, found;

	if (!copy)
		return -1;
	memset(copy, 1, size);
	for (size_t i = 0; i < size; i++)
		ones += copy[i];
	found = ones;
	free(copy);
	return found;
}

int main(void)
{
	int ones = 0, twos = 0;
	char *kept = NULL;

	/* Room for what it takes meanwhile, where that counts as well: see doc/library.md. */
	PTMEM_ASSERT_GROWTH_BELOW(2 * SIZE, {
		int first = 1, second = 2;

		ones = count_ones(SIZE);
		twos = first + second;
	});
	assert(ones == (int)SIZE && twos == 3);

	PTMEM_ASSERT_GROWTH_BELOW(2 * SIZE, {
		kept = (char *)malloc(SIZE);
		if (kept)
			memset(kept, 1, SIZE);
	});
	free(kept);
	return 0;
}
