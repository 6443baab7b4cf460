/* Several profiles in one. */
#include "profile/merge.h"

#include "base/strbuf.h"
#include "profile/texts.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_NODE (CALLPATH_ROOT + 1)

struct merge {
	struct profile *into;
	const struct profile *from;
	struct texts locations; /* of `into`, by what they print as */
	struct texts modules;   /* of `into`, by their paths */
	uint32_t *locations_of; /* for a location of `from`, the one of `into` */
	uint32_t *nodes_of;     /* the same for nodes */
	struct texts instances; /* of `into`, by what they print as */
};

static const char *name_of(const struct location *location)
{
	return location->name ? location->name : location->symbol ? location->symbol : "?";
}

/* Each part is preceded by its length, so that no name can pass for another's file. */
static void add_part(struct strbuf *key, const char *part)
{
	strbuf_addf(key, "%zu ", strlen(part));
	strbuf_add(key, part);
}

/* What an object prints as. */
static void add_instance(struct strbuf *key, const struct places *places, uint32_t index)
{
	const struct instance *instance = &places->instances.list.items[index];

	add_part(key, places_text_at(places, instance->class));
	strbuf_addf(key, "%u ", instance->number);
	if (instance->name != INSTANCE_UNNAMED)
		add_part(key, places_text_at(places, instance->name));
}

/* What a location is known by; `number` tells threads of one name apart. */
static char *location_key(
	const struct profile *profile, const struct location *location, uint32_t number)
{
	struct strbuf key = {0};

	strbuf_addf(&key, "%d ", location->kind);
	if (location->kind == LOCATION_METHOD)
		add_instance(&key, profile->places, location->instance);
	if (location->call_file) {
		add_part(&key, location->call_file);
		strbuf_addf(&key, "<%d ", location->call_line);
	}
	if (location_is_code(location) && location->file) {
		add_part(&key, location->file);
		strbuf_addf(&key, ":%d ", location->line);
	} else if (location_is_code(location)) {
		add_part(&key, profile->places->modules.items[location->module].path);
	} else {
		strbuf_addf(&key, "#%u ", number);
	}
	add_part(&key, name_of(location));
	return strbuf_take(&key);
}

/*
 * Goes through a profile's locations, and asks `found` about each with what `into` has
 * under its name.
 */
static bool for_each_location(struct merge *merge, const struct profile *profile,
	bool (*found)(struct merge *merge, uint32_t location, uint32_t *same))
{
	struct texts threads = {0};
	bool done = true;

	for (uint32_t i = 0; done && i < profile->places->locations.count; i++) {
		const struct location *location = &profile->places->locations.items[i];
		uint32_t none = UINT32_MAX, *number = &none, *same;

		/* What reports do not take is not there for them. */
		if (location->kind == LOCATION_CALL ||
			(location->kind == LOCATION_METHOD && !location->borrowed))
			continue;
		if (location->kind == LOCATION_THREAD)
			number = texts_find(&threads, strdup(name_of(location)));
		same = number ? texts_find(&merge->locations,
					location_key(profile, location, ++*number))
			      : NULL;
		done = same && found(merge, i, same);
	}
	texts_deinit(&threads);
	return done;
}

static uint32_t *find_instance(struct merge *merge, const struct places *places, uint32_t instance)
{
	struct strbuf key = {0};

	add_instance(&key, places, instance);
	return texts_find(&merge->instances, strbuf_take(&key));
}

/* Of those that print alike the first stands for all. */
static bool know(struct merge *merge, uint32_t location, uint32_t *same)
{
	const struct places *places = merge->into->places;
	const struct location *place = &places->locations.items[location];
	uint32_t *instance = NULL;

	if (place->kind == LOCATION_METHOD) {
		instance = find_instance(merge, places, place->instance);
		if (!instance)
			return false;
		if (*instance == UINT32_MAX)
			*instance = place->instance;
	}
	if (*same == UINT32_MAX)
		*same = location;
	return true;
}

static uint32_t copy_module(struct merge *merge, const struct module *module)
{
	uint32_t *same = texts_find(&merge->modules, strdup(module->path));

	if (!same)
		return UINT32_MAX;
	if (*same == UINT32_MAX)
		*same = places_add_module(merge->into->places, module->path, module->build_id);
	return *same;
}

static uint32_t copy_instance(struct merge *merge, uint32_t index)
{
	struct places *into = merge->into->places;
	const struct places *from = merge->from->places;
	const struct instance *instance = &from->instances.list.items[index];
	uint32_t *same = find_instance(merge, from, index), class, name = INSTANCE_UNNAMED;

	if (!same || *same != UINT32_MAX)
		return same ? *same : UINT32_MAX;
	class = places_text(into, places_text_at(from, instance->class));
	if (instance->name != INSTANCE_UNNAMED)
		name = places_text(into, places_text_at(from, instance->name));
	*same = class == UINT32_MAX ? UINT32_MAX : places_add_instance(into, 0, class);
	if (*same != UINT32_MAX) {
		into->instances.list.items[*same].number = instance->number;
		into->instances.list.items[*same].name = name;
	}
	return *same;
}

/* The function that it is one of comes before it. */
static uint32_t copy_method(struct merge *merge, const struct location *location)
{
	struct places *into = merge->into->places;
	uint32_t function = merge->locations_of[location->function];
	struct location method = into->locations.items[function];

	method.kind = LOCATION_METHOD;
	method.borrowed = true;
	method.function = function;
	method.instance = copy_instance(merge, location->instance);
	return method.instance == UINT32_MAX ? UINT32_MAX : places_add_location(into, method);
}

static bool copy_string(char **copy, const char *string)
{
	*copy = string ? strdup(string) : NULL;
	return *copy || !string;
}

/*
 * Not by way of profile_code_location(): what is at one offset of one path may differ
 * between processes, where the file was built anew in between.
 */
static uint32_t copy_location(struct merge *merge, const struct location *location)
{
	struct location copy = {.kind = location->kind,
		.offset = location->offset,
		.line = location->line,
		.call_line = location->call_line};
	bool copied = copy_string(&copy.symbol, location->symbol);
	struct location *new = NULL;

	copied = copy_string(&copy.name, location->name) && copied;
	copied = copy_string(&copy.file, location->file) && copied;
	copied = copy_string(&copy.source, location->source) && copied;
	copied = copy_string(&copy.call_file, location->call_file) && copied;
	if (copied && location_is_code(&copy)) {
		copy.module =
			copy_module(merge, &merge->from->places->modules.items[location->module]);
		copied = copy.module != UINT32_MAX;
	}
	if (copied)
		new = vec_append(&merge->into->places->locations);
	if (!new) {
		free(copy.symbol);
		free(copy.name);
		free(copy.file);
		free(copy.source);
		free(copy.call_file);
		return UINT32_MAX;
	}
	*new = copy;
	return (uint32_t)merge->into->places->locations.count - 1;
}

static bool translate(struct merge *merge, uint32_t location, uint32_t *same)
{
	const struct location *place = &merge->from->places->locations.items[location];

	if (*same == UINT32_MAX)
		*same = place->kind == LOCATION_METHOD ? copy_method(merge, place)
						       : copy_location(merge, place);
	merge->locations_of[location] = *same;
	return *same != UINT32_MAX;
}

static bool know_modules(struct merge *merge)
{
	for (uint32_t i = 0; i < merge->into->places->modules.count; i++) {
		uint32_t *same = texts_find(
			&merge->modules, strdup(merge->into->places->modules.items[i].path));

		if (!same)
			return false;
		if (*same == UINT32_MAX)
			*same = i;
	}
	return true;
}

static void add_amounts(struct amounts *sum, const struct amounts *more, unsigned columns)
{
	for (unsigned i = 0; i < columns; i++)
		bytes_add(&sum->bytes[i], more->bytes[i]);
}

/* A thread's root counts the threads that it stands for. */
static uint64_t calls_of(const struct profile *profile, const struct callpath_node *node)
{
	bool thread = profile->places->locations.items[node->location].kind == LOCATION_THREAD;

	return thread && !node->calls ? 1 : node->calls;
}

bool merge_node(struct profile *into, uint32_t parent, uint32_t location,
	const struct profile *from, uint32_t node, uint32_t *to)
{
	uint32_t count = into->paths.count;
	uint32_t found = callpath_intern(&into->paths, parent, location);
	const struct callpath_node *more = callpath_at(&from->paths, node);
	struct callpath_node *sum;
	uint64_t calls;

	if (found == CALLPATH_NONE)
		return false;
	sum = callpath_at(&into->paths, found);
	calls = (into->paths.count > count ? 0 : calls_of(into, sum)) + calls_of(from, more);
	callpath_add(&into->paths, found, &from->paths, node);
	sum->calls = calls;
	*to = found;
	return true;
}

/* A parent comes before its children. */
static bool add_nodes(struct merge *merge)
{
	merge->nodes_of[CALLPATH_ROOT] = CALLPATH_ROOT;
	for (uint32_t i = FIRST_NODE; i < merge->from->paths.count; i++) {
		const struct callpath_node *node = callpath_at(&merge->from->paths, i);

		if (!merge_node(merge->into, merge->nodes_of[node->parent],
			    merge->locations_of[node->location], merge->from, i,
			    &merge->nodes_of[i]))
			return false;
	}
	return true;
}

void merge_balance(struct profile *into, const struct profile *from)
{
	add_amounts(&into->balance.start, &from->balance.start, into->columns);
	add_amounts(&into->balance.end, &from->balance.end, into->columns);
	add_amounts(&into->balance.footprint, &from->balance.footprint, into->columns);
	if (from->peak > into->peak)
		into->peak = from->peak;
}

/* The module of `into` that is the same build as one of `from`. */
static uint32_t same_build(struct merge *merge, const struct module *module)
{
	struct places *places = merge->into->places;

	for (uint32_t i = 0; i < places->modules.count; i++) {
		const struct module *other = &places->modules.items[i];

		if (!strcmp(other->path, module->path) && other->build_id && module->build_id &&
			!strcmp(other->build_id, module->build_id))
			return i;
	}
	return places_add_module(places, module->path, module->build_id);
}

/* The sites of `into` that are those of `from`, to be freed; NULL when out of memory. */
static uint32_t *translate_sites(struct merge *merge)
{
	const struct places *from = merge->from->places;
	struct places *places = merge->into->places;
	uint32_t *modules = malloc((from->modules.count + 1) * sizeof *modules);
	uint32_t *sites = malloc((from->sites.list.count + 1) * sizeof *sites);
	uint32_t *back = calloc(from->modules.count + places->modules.count + 1, sizeof *back);
	bool done = modules && sites && back;

	for (uint32_t i = 0; done && i < from->modules.count; i++) {
		modules[i] = same_build(merge, &from->modules.items[i]);
		done = modules[i] != UINT32_MAX;
		if (done)
			back[modules[i]] = i + 1;
	}
	for (uint32_t i = 0; done && i < from->sites.list.count; i++)
		sites[i] = places_site(places, modules[from->sites.list.items[i].module],
			from->sites.list.items[i].offset);
	for (uint32_t i = 0; done && i < places->modules.count; i++)
		back[i]--;
	done = done && places_take_sites(places, from, back);
	free(modules);
	free(back);
	if (done)
		return sites;
	free(sites);
	return NULL;
}

static bool merge_lines(struct merge *merge)
{
	uint32_t *sites;
	bool done;

	if (!merge->into->lines || !merge->from->lines)
		return true;
	sites = translate_sites(merge);
	done = sites &&
	       lines_add(merge->into->lines, merge->from->lines, merge->locations_of, sites);
	merge->into->places->knows_lines |= merge->from->places->knows_lines;
	free(sites);
	return done;
}

static bool merge_all(struct merge *merge)
{
	size_t locations = merge->from->places->locations.count;

	merge->locations_of = malloc((locations + 1) * sizeof *merge->locations_of);
	merge->nodes_of = malloc(merge->from->paths.count * sizeof *merge->nodes_of);
	return merge->locations_of && merge->nodes_of && know_modules(merge) &&
	       for_each_location(merge, merge->into, know) &&
	       for_each_location(merge, merge->from, translate) && add_nodes(merge) &&
	       merge_lines(merge) && marks_add(&merge->into->marks, &merge->from->marks);
}

struct ptmem_error *profile_merge(struct profile *into, const struct profile *from)
{
	struct merge merge = {.into = into, .from = from};
	bool done;

	if (into->metric != from->metric)
		return error_new(ERROR_USAGE,
			"profiles of different metrics cannot be merged: %s and %s",
			metric_name(into->metric), metric_name(from->metric));
	done = merge_all(&merge);
	texts_deinit(&merge.locations);
	texts_deinit(&merge.modules);
	texts_deinit(&merge.instances);
	free(merge.locations_of);
	free(merge.nodes_of);
	if (!done)
		return &error_no_memory;
	merge_balance(into, from);
	return NULL;
}
