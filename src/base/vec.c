/* The one place where arrays grow. */
#include "base/vec.h"

#include <stdint.h>

bool vec_grow(void **items, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : 16;
	void *grown;

	if (wanted < *capacity || wanted > SIZE_MAX / size)
		return false;
	grown = realloc(*items, wanted * size);
	if (!grown)
		return false;
	*items = grown;
	*capacity = wanted;
	return true;
}
