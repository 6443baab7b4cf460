/* What is known by its text. */
#include "profile/texts.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

uint32_t *texts_find(struct texts *texts, char *text)
{
	uint64_t key = text ? hash_text(text) : 0;
	struct text *new = NULL;
	uint32_t found;

	if (!text)
		return NULL;
	while ((found = map_get(&texts->map, key)) != MAP_NONE &&
		strcmp(texts->list.items[found].text, text) != 0)
		key++;
	if (found != MAP_NONE) {
		free(text);
		return &texts->list.items[found].value;
	}
	if (map_set(&texts->map, key, (uint32_t)texts->list.count))
		new = vec_append(&texts->list);
	if (!new) {
		free(text);
		return NULL;
	}
	*new = (struct text){.text = text, .value = UINT32_MAX};
	return &new->value;
}

void texts_deinit(struct texts *texts)
{
	for (size_t i = 0; i < texts->list.count; i++)
		free(texts->list.items[i].text);
	vec_deinit(&texts->list);
	map_deinit(&texts->map);
}
