/* What sites were found to be, written and read. */
#include "profile/site_record.h"

#include <stdlib.h>
#include <string.h>

enum entry {
	ENTRY_FILE,
	ENTRY_FUNCTION,
	ENTRY_SITE, /* and all numbers above */
};

/* --- Writing --- */

void site_numbers_deinit(struct site_numbers *numbers)
{
	map_deinit(&numbers->files);
	map_deinit(&numbers->functions);
}

/* A number for what has none; false where it has one. */
static bool is_new(struct strbuf *buf, struct map *numbers, uint32_t key)
{
	if (map_get(numbers, key) != MAP_NONE)
		return false;
	if (!map_set(numbers, key, (uint32_t)numbers->count + 1))
		buf->failed = true;
	return true;
}

static bool define_file(struct strbuf *buf, struct site_numbers *numbers,
	const struct places *places, uint32_t file)
{
	if (file == FILE_NONE || !is_new(buf, &numbers->files, file))
		return false;
	fields_add_number(buf, ENTRY_FILE);
	fields_add_string(buf, places_file_path(places, file));
	return true;
}

static bool define_function(struct strbuf *buf, struct site_numbers *numbers,
	const struct places *places, uint32_t function)
{
	const struct location *location = &places->locations.items[function];

	if (!is_new(buf, &numbers->functions, function))
		return false;
	fields_add_number(buf, ENTRY_FUNCTION);
	fields_add_string(buf, location->name);
	fields_add_string(buf, location->file);
	fields_add_number(buf, location->line > 0 ? (uint64_t)location->line : 0);
	fields_add_string(buf, location->source);
	return true;
}

bool site_record_define(struct strbuf *buf, struct site_numbers *numbers,
	const struct places *places, uint32_t index)
{
	const struct site *site = &places->sites.list.items[index];
	bool defined = define_file(buf, numbers, places, site->file);

	for (size_t i = 0; !defined && !buf->failed && i < site->inlined.count; i++) {
		const struct inlined *inlined = &site->inlined.items[i];

		defined = define_file(buf, numbers, places, inlined->file) ||
			  define_function(buf, numbers, places, inlined->location);
	}
	return defined && !buf->failed;
}

static void add_line(
	struct strbuf *buf, const struct site_numbers *numbers, uint32_t file, int line)
{
	fields_add_number(buf, file == FILE_NONE ? 0 : map_get(&numbers->files, file));
	fields_add_number(buf, line > 0 ? (uint64_t)line : 0);
}

void site_record_add(struct strbuf *buf, const struct site_numbers *numbers,
	const struct places *places, uint32_t index, uint32_t call)
{
	const struct site *site = &places->sites.list.items[index];

	fields_add_number(buf, ENTRY_SITE + (uint64_t)call);
	fields_add_number(buf, site->function + 1);
	add_line(buf, numbers, site->file, site->line);
	fields_add_number(buf, site->inlined.count);
	for (size_t i = 0; i < site->inlined.count; i++) {
		const struct inlined *inlined = &site->inlined.items[i];

		fields_add_number(buf, map_get(&numbers->functions, inlined->location));
		add_line(buf, numbers, inlined->file, inlined->line);
	}
}

/* --- Reading --- */

static void inlined_name_deinit(struct inlined_name *name)
{
	free(name->name);
	free(name->file);
	free(name->source);
}

void site_names_deinit(struct site_names *names)
{
	for (size_t i = 0; i < names->functions.count; i++)
		inlined_name_deinit(&names->functions.items[i]);
	vec_deinit(&names->functions);
	vec_deinit(&names->files);
}

static void read_new_file(struct source *source, struct site_names *names, struct places *places)
{
	char *path = get_string(source);
	uint32_t file = places_file(places, path);
	uint32_t *new = file == FILE_NONE ? NULL : vec_append(&names->files);

	if (new)
		*new = file;
	else
		source->bad = true;
	free(path);
}

static void read_new_function(struct source *source, struct site_names *names)
{
	struct inlined_name name = {.name = get_string(source)};
	struct inlined_name *new = NULL;

	name.file = get_string(source);
	name.line = get_line(source);
	name.source = get_string(source);
	if (name.name && name.file && name.source)
		new = vec_append(&names->functions);
	if (new) {
		*new = name;
		return;
	}
	inlined_name_deinit(&name);
	source->bad = true;
}

void site_record_begin(
	struct source *source, struct site_names *names, struct places *places, uint32_t *call)
{
	uint64_t entry = get_varint(source);

	*call = UINT32_MAX;
	if (source->bad)
		return;
	if (entry == ENTRY_FILE)
		read_new_file(source, names, places);
	else if (entry == ENTRY_FUNCTION)
		read_new_function(source, names);
	else if (entry - ENTRY_SITE < UINT32_MAX)
		*call = (uint32_t)(entry - ENTRY_SITE);
	else
		source->bad = true;
}

static uint32_t read_file(struct source *source, const struct site_names *names)
{
	uint32_t number = get_u32(source);

	if (number > names->files.count)
		source->bad = true;
	return source->bad || !number ? FILE_NONE : names->files.items[number - 1];
}

static const struct inlined_name *read_function(
	struct source *source, const struct site_names *names)
{
	uint32_t number = get_u32(source);

	if (!number || number > names->functions.count)
		source->bad = true;
	return source->bad ? NULL : &names->functions.items[number - 1];
}

static uint32_t inlined_location(
	struct places *places, uint32_t module, const struct inlined_name *name)
{
	uint32_t index = places_inlined_location(
		places, module, name->name, *name->file ? name->file : NULL, name->line);
	struct location *location;

	if (index == UINT32_MAX)
		return UINT32_MAX;
	location = &places->locations.items[index];
	if (!location->source && *name->source)
		location->source = strdup(name->source);
	return index;
}

static void read_inlined(
	struct source *source, const struct site_names *names, struct places *places, uint32_t site)
{
	const struct inlined_name *name = read_function(source, names);
	struct inlined inlined = {.file = read_file(source, names)};

	inlined.line = get_line(source);
	if (source->bad || !name || site == SITE_NONE)
		return;
	inlined.location = inlined_location(places, places->sites.list.items[site].module, name);
	if (inlined.location != UINT32_MAX)
		places_add_inlined(places, site, inlined);
}

void site_record_read(struct source *source, const struct site_names *names, struct places *places,
	uint32_t index)
{
	uint64_t function = get_varint(source);
	uint32_t file = read_file(source, names), count;
	int line = get_line(source);

	count = get_u32(source);
	if (count > INLINED_MAX || function > UINT64_C(1) << 48)
		source->bad = true;
	if (index != SITE_NONE && places->sites.list.items[index].resolved)
		index = SITE_NONE;
	if (index != SITE_NONE && !source->bad) {
		struct site *site = &places->sites.list.items[index];

		site->resolved = true;
		site->function = function - 1;
		site->file = file;
		site->line = line;
	}
	for (uint32_t i = 0; !source->bad && i < count; i++)
		read_inlined(source, names, places, index);
}
