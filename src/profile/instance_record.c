/* What objects were found to be, written and read. */
#include "profile/instance_record.h"

#include <stdlib.h>

void instance_record_add(
	struct strbuf *buf, const struct places *places, uint32_t index, uint32_t number)
{
	const struct instance *instance = &places->instances.list.items[index];

	fields_add_number(buf, number);
	fields_add_string(buf, places_text_at(places, instance->class));
	fields_add_number(buf, instance->number);
	fields_add_string(buf,
		instance->name == INSTANCE_UNNAMED ? NULL : places_text_at(places, instance->name));
}

uint32_t instance_record_begin(struct source *source)
{
	return get_u32(source);
}

static void take(
	struct places *places, uint32_t index, const char *class, uint32_t number, const char *name)
{
	struct instance *instance = &places->instances.list.items[index];
	uint32_t text = places_text(places, class);

	if (text != UINT32_MAX)
		instance->class = text;
	instance->number = number;
	if (*name)
		instance->name = places_text(places, name);
}

void instance_record_read(struct source *source, struct places *places, uint32_t instance)
{
	char *class = get_string(source), *name;
	uint32_t number = get_u32(source);

	name = get_string(source);
	if (!class || !name || !*class || !number)
		source->bad = true;
	else if (!source->bad && instance != INSTANCE_NONE)
		take(places, instance, class, number, name);
	free(class);
	free(name);
}
