/* Objects in profiles that are about to be reported on. */
#include "report/methods.h"

#include <inttypes.h>

/* The function's strings serve all its methods. */
static void take_function(struct places *places, struct location *method)
{
	const struct location *function = &places->locations.items[method->function];

	method->borrowed = true;
	method->module = function->module;
	method->offset = function->offset;
	method->symbol = function->symbol;
	method->name = function->name;
	method->file = function->file;
	method->line = function->line;
	method->source = function->source;
}

static void hide(struct profile *profile)
{
	for (uint32_t i = CALLPATH_ROOT + 1; i < profile->paths.count; i++) {
		struct callpath_node *node = callpath_at(&profile->paths, i);
		const struct location *location = &profile->places->locations.items[node->location];

		if (location->kind == LOCATION_METHOD)
			node->location = location->function;
	}
}

void methods_show(struct profiles *profiles, bool shown)
{
	struct places *places = profiles_first(profiles)->places;

	for (size_t i = 0; shown && i < places->locations.count; i++)
		if (places->locations.items[i].kind == LOCATION_METHOD)
			take_function(places, &places->locations.items[i]);
	for (size_t i = 0; !shown && i < profiles->count; i++)
		hide(&profiles->items[i]->profile);
}

bool methods_are_there(const struct profiles *profiles)
{
	return profiles_first(profiles)->places->instances.list.count;
}

static const struct instance *instance_of(
	const struct places *places, const struct location *location)
{
	return &places->instances.list.items[location->instance];
}

static const char *name_of(const struct places *places, const struct instance *instance)
{
	return instance->name == INSTANCE_UNNAMED ? NULL : places_text_at(places, instance->name);
}

static void add_number(
	struct strbuf *text, const struct places *places, const struct instance *instance)
{
	strbuf_add_printable(text, places_text_at(places, instance->class));
	strbuf_addf(text, "#%" PRIu32, instance->number);
}

/* The object, and its name between these, where it has one. */
static void add_object(struct strbuf *text, const struct places *places,
	const struct location *location, const char *before, const char *after)
{
	const struct instance *instance = instance_of(places, location);
	const char *name = name_of(places, instance);

	add_number(text, places, instance);
	if (!name)
		return;
	strbuf_add(text, before);
	strbuf_add_printable(text, name);
	strbuf_add(text, after);
}

void methods_add_object(
	struct strbuf *text, const struct places *places, const struct location *location)
{
	add_object(text, places, location, "(", ")");
}

void methods_add_node_object(
	struct strbuf *text, const struct places *places, const struct location *location)
{
	add_object(text, places, location, ":'", "'");
}
