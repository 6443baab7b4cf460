/* What the source says of one place in an object's code. */
#include "symbol/site.h"

#include <stdlib.h>

struct ptmem_error *object_site(
	struct object *object, struct file_address address, struct object_site *site)
{
	(void)object, (void)address;
	*site = (struct object_site){0};
	return NULL;
}

void object_site_deinit(struct object_site *site)
{
	for (size_t i = 0; i < site->inlined.count; i++) {
		function_source_deinit(&site->inlined.items[i].function);
		free(site->inlined.items[i].file);
	}
	vec_deinit(&site->inlined);
	free(site->file);
	*site = (struct object_site){0};
}
