/* The journal of a run, written. */
#include "profile/journal.h"

#include "profile/profile.h"
#include "profile/recording.h"

#include <stdlib.h>
#include <string.h>

/* No operation without strings is longer. */
#define OPERATION_MAX 128

/* The amounts' unit: every counter of the kernel's is a multiple. */
#define UNIT 1024

void journal_init(struct journal *journal, uint8_t *block)
{
	*journal = (struct journal){.block = block, .thread = UINT32_MAX, .closed = !block};
}

void journal_deinit(struct journal *journal)
{
	free(journal->block);
	map_deinit(&journal->ids);
	map_deinit(&journal->modules);
	map_deinit(&journal->sites);
	map_deinit(&journal->instances);
	vec_deinit(&journal->over);
	*journal = (struct journal){.closed = true};
}

void journal_flush(struct journal *journal)
{
	if (journal->closed || !journal->used)
		return;
	journal->block = journal->full(journal->owner, journal->block, journal->used);
	journal->used = 0;
	journal->closed = !journal->block;
}

bool journal_finish(struct journal *journal)
{
	bool whole = !journal->closed;

	if (whole && journal->used) {
		journal->block = journal->full(journal->owner, journal->block, journal->used);
		whole = journal->block;
	}
	free(journal->block);
	journal->block = NULL;
	journal->used = 0;
	journal->closed = true;
	map_deinit(&journal->modules);
	vec_deinit(&journal->over);
	return whole;
}

/* Room for an operation of this size; false where the journal is closed. */
static bool journal_reserve(struct journal *journal, size_t size)
{
	if (!journal->closed && journal->used + size > JOURNAL_BLOCK)
		journal_flush(journal);
	return !journal->closed;
}

static void put_varint(struct journal *journal, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		journal->block[journal->used++] = (uint8_t)value | 0x80;
	journal->block[journal->used++] = (uint8_t)value;
}

static void put_operation(struct journal *journal, enum journal_kind kind, uint64_t argument)
{
	uint8_t high = argument < 15 ? (uint8_t)argument : 15;

	journal->block[journal->used++] = (uint8_t)(kind | high << 4);
	if (high == 15)
		put_varint(journal, argument - 15);
}

static void put_amounts(struct journal *journal, const struct amounts *amounts, unsigned columns)
{
	for (unsigned i = 0; i < columns; i++) {
		int64_t value = amounts->bytes[i] / UNIT;

		put_varint(journal, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
	}
}

static void put_string(struct journal *journal, const char *text)
{
	size_t length = text ? strnlen(text, JOURNAL_STRING_MAX) : 0;

	put_varint(journal, length);
	memcpy(journal->block + journal->used, text ? text : "", length);
	journal->used += length;
}

static void change_thread(struct journal *journal, uint32_t thread)
{
	if (thread == journal->thread || thread == UINT32_MAX)
		return;
	put_operation(journal, JOURNAL_THREAD, thread);
	journal->thread = thread;
}

/* The time, where it has changed, and the thread, where it is another one. */
static bool journal_begin(struct journal *journal, uint32_t thread, size_t size)
{
	uint64_t now = journal->clock ? journal->clock() : 0;

	if (now > journal->flushed + JOURNAL_PERIOD) {
		journal_flush(journal);
		journal->flushed = now;
	}
	if (!journal_reserve(journal, OPERATION_MAX + size))
		return false;
	if (now > journal->time) {
		put_operation(journal, JOURNAL_TIME, now - journal->time);
		journal->time = now;
	}
	change_thread(journal, thread);
	return true;
}

static uint32_t journal_module(
	struct journal *journal, const struct profile *profile, uint32_t module)
{
	uint32_t id = map_get(&journal->modules, module);

	if (id != MAP_NONE)
		return id;
	id = (uint32_t)journal->modules.count;
	if (!map_set(&journal->modules, module, id) ||
		!journal_reserve(journal, OPERATION_MAX + 2 * JOURNAL_STRING_MAX)) {
		journal->closed = true;
		return 0;
	}
	put_operation(journal, JOURNAL_MODULE, 0);
	put_string(journal, profile->places->modules.items[module].path);
	put_string(journal, profile->places->modules.items[module].build_id);
	return id;
}

static uint32_t journal_location(
	struct journal *journal, const struct profile *profile, uint32_t location);

/* Calls of a function from one site: what that is comes before. */
static void define_call(
	struct journal *journal, const struct profile *profile, const struct location *location)
{
	const struct site *site = &profile->places->sites.list.items[location->site];
	uint32_t function = journal_location(journal, profile, location->function);
	uint32_t module = journal_module(journal, profile, site->module);

	if (!journal_reserve(journal, OPERATION_MAX))
		return;
	put_operation(journal, JOURNAL_CALL, function);
	put_varint(journal, module);
	put_varint(journal, site->offset);
}

/* An object, by the class that it has so far. */
static uint32_t define_instance(
	struct journal *journal, const struct profile *profile, uint32_t instance)
{
	uint32_t id = map_get(&journal->instances, instance);

	if (id != MAP_NONE)
		return id;
	id = (uint32_t)journal->instances.count;
	if (!map_set(&journal->instances, instance, id))
		journal->closed = true;
	if (!journal_reserve(journal, OPERATION_MAX + JOURNAL_STRING_MAX))
		return id;
	put_operation(journal, JOURNAL_LOCATION, JOURNAL_LOCATION_OBJECT);
	put_string(journal, places_text_at(profile->places,
				    profile->places->instances.list.items[instance].class));
	return id;
}

/* Calls of a function on one object. */
static void define_method(
	struct journal *journal, const struct profile *profile, const struct location *location)
{
	uint32_t function = location->function, instance = location->instance;
	uint32_t function_id = journal_location(journal, profile, function);
	uint32_t instance_id = define_instance(journal, profile, instance);

	if (!journal_reserve(journal, OPERATION_MAX))
		return;
	put_operation(journal, JOURNAL_LOCATION, LOCATION_METHOD);
	put_varint(journal, function_id);
	put_varint(journal, instance_id);
}

uint32_t journal_instance(const struct journal *journal, uint32_t instance)
{
	return map_get(&journal->instances, instance);
}

static void define_location(
	struct journal *journal, const struct profile *profile, const struct location *location)
{
	bool code = location->kind == LOCATION_CODE;
	uint32_t module = code ? journal_module(journal, profile, location->module) : 0;

	if (!journal_reserve(journal, OPERATION_MAX + JOURNAL_STRING_MAX))
		return;
	put_operation(journal, JOURNAL_LOCATION, location->kind);
	if (code)
		put_varint(journal, module);
	put_varint(journal, location->offset);
	put_string(journal, code ? location->symbol : location->name);
}

/* Defined where it first occurs. */
static uint32_t journal_location(
	struct journal *journal, const struct profile *profile, uint32_t location)
{
	const struct location *place = &profile->places->locations.items[location];
	uint32_t id = map_get(&journal->ids, location);

	if (id != MAP_NONE)
		return id;
	if (place->kind == LOCATION_CALL) {
		define_call(journal, profile, place);
		id = journal->calls++;
	} else if (place->kind == LOCATION_METHOD) {
		define_method(journal, profile, place);
		id = journal->locations++;
	} else {
		define_location(journal, profile, place);
		id = journal->locations++;
	}
	if (!map_set(&journal->ids, location, id))
		journal->closed = true;
	return id;
}

uint32_t journal_id(const struct journal *journal, uint32_t location)
{
	return map_get(&journal->ids, location);
}

uint32_t journal_begin_thread(
	struct journal *journal, const struct profile *profile, uint32_t root, uint32_t idle)
{
	uint32_t root_id = journal_location(journal, profile, root);
	uint32_t idle_id = journal_location(journal, profile, idle);

	if (journal_begin(journal, UINT32_MAX, 0)) {
		put_operation(journal, JOURNAL_BEGIN, root_id);
		put_varint(journal, idle_id);
	}
	journal->thread = journal->over.count ? journal->over.items[--journal->over.count]
					      : journal->threads++;
	return journal->thread;
}

void journal_end_thread(struct journal *journal, uint32_t thread)
{
	uint32_t *over = vec_append(&journal->over);

	if (over)
		*over = thread;
	else
		journal->closed = true;
	if (journal_begin(journal, UINT32_MAX, 0))
		put_operation(journal, JOURNAL_END, thread);
	if (journal->thread == thread)
		journal->thread = UINT32_MAX;
}

void journal_rename_thread(struct journal *journal, uint32_t thread, const char *name)
{
	if (!journal_begin(journal, thread, JOURNAL_STRING_MAX))
		return;
	put_operation(journal, JOURNAL_RENAME, 0);
	put_string(journal, name);
}

void journal_idle(
	struct journal *journal, const struct profile *profile, uint32_t thread, uint32_t idle)
{
	uint32_t id = journal_location(journal, profile, idle);

	if (journal_begin(journal, thread, 0))
		put_operation(journal, JOURNAL_IDLE, id);
}

void journal_moved(struct journal *journal, const struct profile *profile, uint32_t thread,
	const struct amounts *moved)
{
	if (!journal_begin(journal, thread, 0))
		return;
	put_operation(journal, JOURNAL_MOVED, 0);
	put_amounts(journal, moved, profile->columns);
}

void journal_moved_aside(struct journal *journal, const struct profile *profile, uint32_t thread,
	uint32_t bracket, const struct amounts *moved)
{
	uint32_t id = journal_location(journal, profile, bracket);

	if (!journal_begin(journal, thread, 0))
		return;
	put_operation(journal, JOURNAL_MOVED, id + 1);
	put_amounts(journal, moved, profile->columns);
}

void journal_enter(
	struct journal *journal, const struct profile *profile, uint32_t thread, uint32_t location)
{
	enum location_kind kind = profile->places->locations.items[location].kind;
	uint32_t id = journal_location(journal, profile, location);

	if (journal_begin(journal, thread, 0))
		put_operation(
			journal, kind == LOCATION_CALL ? JOURNAL_ENTER_CALL : JOURNAL_ENTER, id);
}

uint32_t journal_site(const struct journal *journal, uint32_t site)
{
	return map_get(&journal->sites, site);
}

/* Defined where it first occurs. */
static uint32_t define_site(struct journal *journal, const struct profile *profile, uint32_t index)
{
	const struct site *site = &profile->places->sites.list.items[index];
	uint32_t id = journal_site(journal, index), module;

	if (id != MAP_NONE)
		return id;
	module = journal_module(journal, profile, site->module);
	if (!journal_reserve(journal, OPERATION_MAX))
		return 0;
	put_operation(journal, JOURNAL_MODULE, (uint64_t)module + 1);
	put_varint(journal, site->offset);
	id = (uint32_t)journal->sites.count;
	if (!map_set(&journal->sites, index, id))
		journal->closed = true;
	return id;
}

void journal_at(struct journal *journal, const struct profile *profile, uint32_t thread,
	uint32_t site, bool statement)
{
	uint64_t id = define_site(journal, profile, site);

	/* The time is told by what happens there. */
	if (!journal_reserve(journal, OPERATION_MAX))
		return;
	change_thread(journal, thread);
	put_operation(journal, JOURNAL_RENAME, 1 + 2 * id + statement);
}

void journal_sites_over(struct journal *journal)
{
	if (journal_begin(journal, UINT32_MAX, 0))
		put_operation(journal, JOURNAL_SITES_OVER, 0);
}

void journal_leave(struct journal *journal, uint32_t thread)
{
	if (journal_begin(journal, thread, 0))
		put_operation(journal, JOURNAL_LEAVE, 0);
}

void journal_start(
	struct journal *journal, const struct profile *profile, const struct amounts *start)
{
	if (!journal_begin(journal, UINT32_MAX, 0))
		return;
	put_operation(journal, JOURNAL_START, 0);
	put_amounts(journal, start, profile->columns);
}

void journal_mark(struct journal *journal, uint32_t mark, const char *name)
{
	if (!journal_begin(journal, UINT32_MAX, JOURNAL_STRING_MAX))
		return;
	if (name) {
		put_operation(journal, JOURNAL_START, 1);
		put_string(journal, name);
	}
	put_operation(journal, JOURNAL_START, 2 + (uint64_t)mark);
}

void journal_own(struct journal *journal, const struct profile *profile, const struct amounts *own)
{
	if (!journal_begin(journal, UINT32_MAX, 0))
		return;
	put_operation(journal, JOURNAL_OWN, 0);
	put_amounts(journal, own, profile->columns);
}
