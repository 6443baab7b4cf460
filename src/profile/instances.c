/* Objects: making them, and their numbers. */
#include "profile/places.h"

#include <stdlib.h>
#include <string.h>

/* Functions that objects have in all. */
#define METHODS_MAX (UINT32_C(1) << 20)

#define HEAPS_MAX 65536

void instances_deinit(struct instances *instances)
{
	vec_deinit(&instances->list);
	vec_deinit(&instances->heaps);
	texts_deinit(&instances->texts);
	map_deinit(&instances->method_of);
}

uint32_t places_add_heap(struct places *places, uint32_t from)
{
	struct instances *instances = &places->instances;
	struct instance_heap *new =
		instances->heaps.count < HEAPS_MAX ? vec_append(&instances->heaps) : NULL;

	if (!new)
		return UINT32_MAX;
	*new = (struct instance_heap){from, (uint32_t)instances->list.count};
	return (uint32_t)instances->heaps.count - 1;
}

uint32_t places_text(struct places *places, const char *text)
{
	struct texts *texts = &places->instances.texts;
	uint32_t *known = texts_find(texts, strdup(text));

	if (!known)
		return UINT32_MAX;
	if (*known == UINT32_MAX)
		*known = (uint32_t)texts->list.count - 1;
	return *known;
}

const char *places_text_at(const struct places *places, uint32_t text)
{
	return places->instances.texts.list.items[text].text;
}

uint32_t places_add_instance(struct places *places, uint32_t heap, uint32_t class)
{
	struct instances *instances = &places->instances;
	struct instance *new =
		instances->list.count < INSTANCES_MAX ? vec_append(&instances->list) : NULL;

	if (!new)
		return INSTANCE_NONE;
	*new = (struct instance){.class = class, .name = INSTANCE_UNNAMED, .heap = heap};
	return (uint32_t)instances->list.count - 1;
}

static uint64_t method_key(uint32_t function, uint32_t instance)
{
	return (uint64_t)function << 32 | instance;
}

uint32_t places_find_method(const struct places *places, uint32_t function, uint32_t instance)
{
	return map_get(&places->instances.method_of, method_key(function, instance));
}

uint32_t places_method_location(struct places *places, uint32_t function, uint32_t instance)
{
	struct instances *instances = &places->instances;
	uint32_t found = places_find_method(places, function, instance);

	if (found != MAP_NONE || instances->method_of.count >= METHODS_MAX)
		return found;
	found = places_add_location(
		places, (struct location){.kind = LOCATION_METHOD,
				.module = places->locations.items[function].module,
				.function = function,
				.instance = instance});
	if (found == UINT32_MAX ||
		map_set(&instances->method_of, method_key(function, instance), found))
		return found;
	places->locations.count--;
	return UINT32_MAX;
}

/* Objects of each class so far, a map a heap. */
struct counting {
	struct map *counts;
	uint32_t begun; /* heaps */
};

/* A heap that was copied begins with what its original has at that moment. */
static bool begin_heaps(struct counting *counting, const struct instances *instances, uint32_t at)
{
	for (; counting->begun < instances->heaps.count; counting->begun++) {
		const struct instance_heap *heap = &instances->heaps.items[counting->begun];

		if (heap->at > at)
			break;
		if (heap->from < counting->begun && !map_copy(&counting->counts[counting->begun],
							    &counting->counts[heap->from]))
			return false;
	}
	return true;
}

static bool number_instance(struct map *counts, struct instance *instance)
{
	uint32_t known = map_get(counts, instance->class);

	instance->number = known == MAP_NONE ? 1 : known + 1;
	return map_set(counts, instance->class, instance->number);
}

bool places_number_instances(struct places *places)
{
	struct instances *instances = &places->instances;
	struct counting counting = {
		.counts = calloc(instances->heaps.count + 1, sizeof *counting.counts)};
	bool done = counting.counts;

	for (uint32_t i = 0; done && i < instances->list.count; i++) {
		struct instance *instance = &instances->list.items[i];

		done = begin_heaps(&counting, instances, i);
		if (done && !instance->number && instance->heap < counting.begun)
			done = number_instance(&counting.counts[instance->heap], instance);
	}
	for (size_t i = 0; counting.counts && i < instances->heaps.count; i++)
		map_deinit(&counting.counts[i]);
	free(counting.counts);
	return done;
}
