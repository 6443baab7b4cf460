/* Where the listed functions end, and their source text. */
#include "engine/listing.h"

#include "engine/module_files.h"
#include "profile/line_places.h"
#include "symbol/block.h"
#include "symbol/rows.h"
#include "symbol/site.h"
#include "symbol/source.h"

#include <stdlib.h>
#include <string.h>

/* Lines that a function may have behind the last one that has code. */
#define TAIL_MAX 50

/* Code of a listed function: as a function of its own, or inlined there. */
struct code {
	uint32_t module;
	uint64_t offset;
	bool own; /* it is the listed function's as a whole */
};

struct codes VEC(struct code);

/* Whoever knows the object of a module. */
struct finder {
	struct object *(*find)(const void *owner, uint32_t module);
	const void *owner;
	const struct symbol_options
		*symbols; /* where files have moved; NULL: paths say so already */
};

static bool add_code(struct codes *codes, struct code code)
{
	struct code *new;

	for (size_t i = 0; i < codes->count; i++)
		if (codes->items[i].module == code.module &&
			codes->items[i].offset == code.offset) {
			codes->items[i].own |= code.own;
			return true;
		}
	new = vec_append(codes);
	if (new)
		*new = code;
	return new;
}

/* The functions around the sites where a listed one was inlined. */
static bool add_inlined_code(const struct places *places, uint32_t location, struct codes *codes)
{
	for (size_t i = 0; i < places->sites.list.count; i++) {
		const struct site *site = &places->sites.list.items[i];

		for (size_t j = 0; j < site->inlined.count; j++)
			if (site->inlined.items[j].location == location &&
				!add_code(
					codes, (struct code){site->module, site->function, false}))
				return false;
	}
	return true;
}

static bool find_codes(
	const struct places *places, const struct listing *listing, struct codes *codes)
{
	bool found = true;

	for (size_t i = 0; found && i < listing->members.count; i++) {
		uint32_t index = listing->members.items[i];
		const struct location *location = &places->locations.items[index];

		if (location->kind == LOCATION_CODE)
			found = add_code(
				codes, (struct code){location->module, location->offset, true});
		else
			found = add_inlined_code(places, index, codes);
	}
	return found;
}

/* Which line of the listed function is at a place; 0 where it is another's. */
static int line_of(const struct object_site *site, const struct span *span, bool own)
{
	size_t level = site->inlined.count;
	const char *file;
	int line;

	for (; level; level--) {
		const struct function_source *function = &site->inlined.items[level - 1].function;

		if (function->line == span->first && function->file &&
			!strcmp(function->file, span->file))
			break;
	}
	if (!level && !own)
		return 0;
	file = level < site->inlined.count ? site->inlined.items[level].file : site->file;
	line = level < site->inlined.count ? site->inlined.items[level].line : site->line;
	return file && !strcmp(file, span->file) ? line : 0;
}

static int compare_rows(const void *a, const void *b)
{
	const struct code_row *one = a, *other = b;

	return (one->address.value > other->address.value) -
	       (one->address.value < other->address.value);
}

static struct ptmem_error *find_last(struct object *object, const struct code_rows *rows,
	const struct span *span, bool own, int *last)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct object_site site;
		struct ptmem_error *error;
		int line;

		if (i && rows->items[i].address.value == rows->items[i - 1].address.value)
			continue;
		error = object_site(object, rows->items[i].address, &site);
		if (error)
			return error;
		line = line_of(&site, span, own);
		object_site_deinit(&site);
		if (line > *last)
			*last = line;
	}
	return NULL;
}

/* The last line that this code has of the function. */
static struct ptmem_error *extend(
	struct object *object, const struct code *code, const struct span *span, int *last)
{
	const struct function *function =
		object_function_at(object, (struct file_address){code->offset});
	struct code_rows rows = {0};
	struct ptmem_error *error = function ? object_function_rows(object, function, &rows) : NULL;

	if (!error && rows.count) {
		qsort(rows.items, rows.count, sizeof *rows.items, compare_rows);
		error = find_last(object, &rows, span, code->own, last);
	}
	vec_deinit(&rows);
	return error;
}

/*
 * The lines of a file from the first to the last of a span. The last one that has code is mostly
 * not the last of its function, whose block goes on.
 */
static void read_span(FILE *file, struct listings *listings, uint32_t index)
{
	struct span *span = &listings->spans.items[index];
	int most = span->last + TAIL_MAX;
	struct block block = {0};
	char *text = NULL;
	size_t capacity = 0;
	bool open = true;

	for (int line = 1; line <= most && (line <= span->last || open); line++) {
		if (getline(&text, &capacity, file) < 0)
			break;
		if (line < span->first)
			continue;
		open = block_goes_on(&block, text);
		if (!span_add_line(listings, index, text, strcspn(text, "\r\n")))
			break;
		span->last = line > span->last ? line : span->last;
	}
	free(text);
}

static struct ptmem_error *read_text(const struct finder *finder, const struct code *code,
	struct listings *listings, uint32_t index)
{
	static const enum span_state states[] = {
		[SOURCE_FOUND] = SPAN_TEXT,
		[SOURCE_MISSING] = SPAN_MISSING,
		[SOURCE_CHANGED] = SPAN_CHANGED,
	};
	struct span *span = &listings->spans.items[index];
	enum source_state state;
	FILE *source;
	char *file = strdup(span->file);
	struct ptmem_error *error;

	if (file && finder->symbols)
		file = symbol_options_map(finder->symbols, file);
	if (!file)
		return &error_no_memory;
	error = source_open(finder->find(finder->owner, code->module),
		(struct file_address){code->offset}, file, &state, &source);
	free(file);
	if (error)
		return error;
	span->state = states[state];
	if (source) {
		read_span(source, listings, index);
		fclose(source);
	}
	return NULL;
}

/* Without the object, the lines that were seen are the only ones that are known. */
static int last_seen(const struct places *places, const struct listing *listing)
{
	const struct span *span = &places->listings.spans.items[listing->span];
	int last = span->first;

	for (size_t i = 0; i < places->sites.list.count; i++) {
		const struct site *site = &places->sites.list.items[i];
		const char *file = places_file_path(places, site->file);

		if (site->stood_at && site->inlined.count == 0 && file &&
			!strcmp(file, span->file) && site->line > last)
			for (size_t j = 0; j < listing->members.count; j++) {
				const struct location *location =
					&places->locations.items[listing->members.items[j]];

				if (location->offset == site->function &&
					location->module == site->module)
					last = site->line;
			}
	}
	return last;
}

static struct ptmem_error *describe(
	struct places *places, const struct listing *listing, const struct finder *finder)
{
	struct listings *listings = &places->listings;
	struct span *span = &listings->spans.items[listing->span];
	struct codes codes = {0};
	struct object *object = NULL;
	struct ptmem_error *error = find_codes(places, listing, &codes) ? NULL : &error_no_memory;
	int last = span->last > span->first ? span->last : span->first;

	for (size_t i = 0; !error && i < codes.count; i++) {
		object = finder->find(finder->owner, codes.items[i].module);
		if (object)
			error = extend(object, &codes.items[i], span, &last);
	}
	if (!error && last == span->first)
		last = last_seen(places, listing);
	span->last = last - span->first < SPAN_LINES_MAX ? last : span->first + SPAN_LINES_MAX;
	if (!error && codes.count)
		error = read_text(finder, &codes.items[0], listings, listing->span);
	vec_deinit(&codes);
	return error;
}

static struct ptmem_error *describe_all(struct places *places, const struct finder *finder)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < places->listings.list.count; i++) {
		const struct listing *listing = &places->listings.list.items[i];

		const struct span *span = &places->listings.spans.items[listing->span];

		if (!span->last || span->state != SPAN_TEXT)
			error = describe(places, listing, finder);
	}
	return error;
}

static struct object *find_image(const void *owner, uint32_t module)
{
	const struct images *images = owner;

	for (size_t i = 0; i < images->count; i++)
		if (images->items[i].module == module)
			return images->items[i].object;
	return NULL;
}

struct ptmem_error *listing_describe(const struct images *images, struct places *places)
{
	const struct finder finder = {find_image, images, NULL};

	return describe_all(places, &finder);
}

static struct object *find_file(const void *owner, uint32_t module)
{
	struct module_files *const *files = owner;

	return module_files_object(*files, module);
}

struct ptmem_error *listing_describe_modules(
	struct places *places, const struct symbol_options *symbols)
{
	struct module_files files, *place = &files;
	const struct finder finder = {find_file, &place, symbols};
	struct ptmem_error *error = module_files_open(&files, places, symbols);

	if (error)
		return error;
	error = describe_all(places, &finder);
	module_files_close(&files);
	return error;
}
